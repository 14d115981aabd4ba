import type { Tally } from '../hour/tally'
import type { Background } from './background'
import { clientKind } from './kin'
import { evidence, type LogOdds } from './odds'
import { templatesOf, timesEach } from './template-use'

/** A flood repeats one or two paths; with this many it may still be one. */
const MOST_TEMPLATES = 3
const FEWEST_REQUESTS = 10
/**
 * How fast people become rarer who ask for the same pages more often than nine in ten: as a Pareto
 * tail does.
 */
const MORE = 0.1
const TAIL = 3.5
/** Parts of pages among a flood's requests. */
const MOST_ASSETS = 0.02
const WITHOUT_ASSETS = 0.97
/** A rhythm as regular as this is that of a program that polls: deviation of its gaps by their mean. */
const CLOCKWORK = 0.1

/** So often nine in ten ask for the same page at most who never name the page they come from, where others do. */
const FROM_NOWHERE = 4

/**
 * Odds that an address asks for the same few pages again and again together with others;
 * undefined when it does not, or when these are no pages that people here read: how often an
 * endpoint of programs is polled, nobody can tell from one hour. But browsers name the page that
 * polls for them.
 */
export function floodOdds(tally: Tally, background: Background): LogOdds | undefined {
  const { requests, assets, robotRequests, toolRequests } = tally
  if (requests < FEWEST_REQUESTS || robotRequests + toolRequests > 0) return undefined
  if (isClockwork(tally)) return undefined
  if (templatesOf(tally) > MOST_TEMPLATES) return undefined
  if (assets > MOST_ASSETS * requests) return undefined
  const usual = usualTimes(tally, background)
  const times = timesEach(tally)
  if (usual === undefined || times <= usual) return undefined
  const rarity = MORE * (times / usual) ** -TAIL
  return evidence(0.5, rarity) + evidence(WITHOUT_ASSETS, background.withoutAssets(tally))
}

function usualTimes(tally: Tally, background: Background): number | undefined {
  const read = background.repeats(tally.served)
  if (clientKind(tally) !== 'browser' || !background.comesFromNowhere(tally)) return read
  return Math.min(read ?? FROM_NOWHERE, FROM_NOWHERE)
}

function isClockwork({ gapMean, gapDeviation }: Tally): boolean {
  return gapDeviation < CLOCKWORK * gapMean
}
