import type { Logger } from '../platform/logger'
import { observe } from './features'
import {
  FEWEST_ADDRESSES,
  type Judged,
  type JudgeSettings,
  judge,
  type LearnedPart,
  usualAmong,
} from './judge'
import { Site } from './site'
import type { Tally } from './tally'

const TRAINING_TIMEOUT_MS = 120_000
const SEED = 20_080_101

/** One clock hour of a log. */
export interface LogHour {
  /** Its beginning, in milliseconds since 1970. */
  start: number
  tallies: Tally[]
}

/** What a log is compared with. */
export interface LogBaseline {
  /** Hours of the same site, quiet ones if there are; without any, the log's own hours. */
  hours: readonly LogHour[]
}

/**
 * Judges the hours of a log, the oldest first, as the hourly job judges stored ones. What is usual
 * is learned once, from the baseline or else from all hours of the log, in either case without
 * those whom the rules take for attackers.
 */
export async function* judgeLog(
  hours: readonly LogHour[],
  baseline: LogBaseline,
  settings: JudgeSettings,
  thread: LearnedPart,
  log: Pick<Logger, 'warn'>,
): AsyncGenerator<Judged & { start: number }> {
  const site = new Site()
  for (const { tallies } of [...baseline.hours, ...hours]) await site.learn(tallies)

  const isGiven = baseline.hours.length > 0
  const usual: Tally[] = []
  for (const { tallies } of isGiven ? baseline.hours : hours) {
    await site.describe(tallies)
    usual.push(...usualAmong(tallies, settings))
  }
  const model = await learnFrom(usual, isGiven, settings, thread, log)
  for (const { start, tallies } of hours.toSorted((a, b) => a.start - b.start)) {
    yield { start, ...(await judge({ tallies, site, model }, settings, thread, log)) }
  }
}

/** Undefined when there is too little, or nothing learned works: then `judge` says so. */
async function learnFrom(
  usual: readonly Tally[],
  clean: boolean,
  { detectors }: JudgeSettings,
  thread: LearnedPart,
  log: Pick<Logger, 'warn'>,
): Promise<Uint8Array | undefined> {
  if (detectors.length === 0 || usual.length < FEWEST_ADDRESSES) return undefined
  try {
    const task = { detectors, observed: observe(usual), seed: SEED, clean }
    const { model, failures } = await thread.train(task, TRAINING_TIMEOUT_MS)
    for (const failure of failures) {
      log.warn({ failure }, 'detection: a learned detector is left out')
    }
    return model
  } catch (error) {
    log.warn({ error }, 'detection: nothing was learned from the log')
    return undefined
  }
}
