import type { Tally } from '../hour/tally'
import type { Background } from './background'
import { evidence, type LogOdds } from './odds'

/** Pages that are asked for once: of readers many, of machines nearly all. */
const ONCE = 0.8
/** Requests for the page whose number is the next one: of readers hardly any. */
const IN_SEQUENCE = { share: 0.3, usual: 0.01, ours: 0.5 }
/** Share of readers by number who load no parts, as long as nothing worse is known. */
const USUALLY_BARE = 0.05

/**
 * Odds that an address reads a part of the site for a machine: many different pages that people
 * read here, no parts of pages, no link followed; undefined when it does not. Robots that say
 * that they are are none of these.
 */
export function scrapingOdds(tally: Tally, background: Background): LogOdds | undefined {
  const { requests, authAttempts, served, missed, sequentialIds } = tally
  if (!background.isReader(tally) || !background.isBare(tally)) return undefined
  if (authAttempts > 0 || missed.length > served.length) return undefined
  if (tally.paths < ONCE * requests) return undefined
  if (sequentialIds < IN_SEQUENCE.share * requests) return evidence(0.9, background.bare)
  // Who scrapes is among the readers: but many of them must not make each other usual.
  const bare = Math.min(USUALLY_BARE, background.bare)
  return evidence(0.9, bare) + evidence(IN_SEQUENCE.ours, IN_SEQUENCE.usual)
}
