import type { Campaign } from '../detection/campaigns/campaign'
import { observe } from '../detection/features'
import type { Tally } from '../detection/hour/tally'
import {
  FEWEST_COMPARED,
  type Judgement,
  type JudgeSettings,
  judge,
  type LearnedPart,
  usualAmong,
} from '../detection/judge'
import { Site } from '../detection/site/site'
import type { GeoSource } from '../geo/source'
import type { Logger } from '../platform/logger'
import type { LoggedHour } from './log-hours'
import { Operators } from './operators'

/** Rows that a baseline is learned from; of more, one in so many. */
const MOST_ROWS = 50_000
const TRAINING_TIMEOUT_MS = 300_000
const SEED = 20_080_101

/** One hour of a log, judged. */
export interface ScannedHour {
  hour: Date
  judgements: readonly Judgement[]
  campaigns: readonly Campaign[]
}

interface Parts {
  settings: JudgeSettings
  learned: LearnedPart
  /** Knows who runs a network. */
  networks: Pick<GeoSource, 'find'>
  log: Pick<Logger, 'warn'>
  /** Told how many hours are judged, and of how many. */
  progress(done: number, all: number): void
}

/**
 * Judges the hours of logs one by one, the oldest first. What the site serves, and what is its own
 * fault, is learned from all of them and the baseline together; the learned score compares with the
 * baseline, or, without one, with all hours of the logs: in a single hour of a small site there are
 * too few to compare with. Hours are handed out as they are judged, and taken out of `hours`, so
 * that memory shrinks on the way.
 */
export async function* judgeLogs(
  hours: LoggedHour[],
  baseline: LoggedHour[],
  { settings, learned, networks, log, progress }: Parts,
): AsyncGenerator<ScannedHour> {
  const site = new Site()
  for (const { tallies } of [...baseline, ...hours]) await site.learn(tallies)
  const isGiven = baseline.length > 0
  const model =
    isGiven || hours.length > 1
      ? await learnUsual(isGiven ? baseline : hours, isGiven, site, settings, learned, log)
      : undefined
  baseline.length = 0
  const operators = new Operators(networks, log)

  const all = hours.length
  for (let next = hours.shift(); next; next = hours.shift()) {
    progress(all - hours.length - 1, all)
    await operators.name(next.tallies)
    const hour = { tallies: next.tallies, model, site }
    const { judgements, campaigns } = await judge(hour, settings, learned, log)
    yield { hour: next.hour, judgements, campaigns }
  }
}

/** A model of what is usual in these hours; none when they are too short, or nothing can be learned. */
async function learnUsual(
  hours: readonly LoggedHour[],
  clean: boolean,
  site: Site,
  settings: JudgeSettings,
  learned: LearnedPart,
  log: Pick<Logger, 'warn'>,
): Promise<Uint8Array | undefined> {
  const { detectors } = settings
  for (const { tallies } of hours) await site.describe(tallies)
  const usual = hours.flatMap(({ tallies }) => usualAmong(tallies, settings))
  if (detectors.length === 0 || usual.length < FEWEST_COMPARED) return undefined
  const observed = observe(thinned(usual))
  try {
    const task = { detectors, observed, seed: SEED, clean }
    const { model, failures } = await learned.train(task, TRAINING_TIMEOUT_MS)
    for (const failure of failures) log.warn({ failure }, 'baseline: a detector is left out')
    return model
  } catch (error) {
    log.warn({ error }, 'baseline: nothing could be learned, each hour is compared with itself')
    return undefined
  }
}

function thinned(tallies: readonly Tally[]): readonly Tally[] {
  const step = Math.ceil(tallies.length / MOST_ROWS)
  return step > 1 ? tallies.filter((_, nth) => nth % step === 0) : tallies
}
