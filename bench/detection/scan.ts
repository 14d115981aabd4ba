import { startOfHour } from '../../src/detection/hour-in-database'
import { HourInMemory } from '../../src/detection/hour-in-memory'
import type { Judgement, JudgeSettings } from '../../src/detection/judge'
import { judgeLog, type LogHour } from '../../src/detection/judged-log'
import { LearnedThread } from '../../src/detection/learned/thread'
import type { LogEntry } from '../../src/request-log/entry'
import { Traits } from '../../src/request-log/traits'

const SENSITIVE_PATHS = ['/admin', '/login']
/** As a fresh installation judges. */
export const DEFAULTS: JudgeSettings = { maxRequestsPerHour: 100, detectors: ['forest'] }

const log = { warn: (about: unknown, message: string) => console.error(message, about) }
const traits = new Traits(SENSITIVE_PATHS)
/** It ends by itself when there is nothing more to do. */
const thread = new LearnedThread()

/** Judges a log as `scan-log.ts` does, with the hours of other logs as the baseline. */
export async function scan(
  entries: readonly LogEntry[],
  baseline: readonly (readonly LogEntry[])[] = [],
  settings: JudgeSettings = DEFAULTS,
): Promise<Judgement[]> {
  const quiet = { hours: baseline.flatMap(hoursOf) }
  const judgements: Judgement[] = []
  for await (const judged of judgeLog(hoursOf(entries), quiet, settings, thread, log as never)) {
    judgements.push(...judged.judgements)
  }
  return judgements
}

/** The riskiest hour of each address. */
export function worstHours(judgements: readonly Judgement[]): Judgement[] {
  const worst = new Map<string, Judgement>()
  for (const judgement of judgements) {
    const { address } = judgement.tally
    if (judgement.risk >= (worst.get(address)?.risk ?? 0)) worst.set(address, judgement)
  }
  return [...worst.values()]
}

function hoursOf(entries: readonly LogEntry[]): LogHour[] {
  const hours = new Map<number, HourInMemory>()
  for (const entry of entries) {
    const start = startOfHour(new Date(entry.timestamp)).getTime()
    const hour = hours.get(start) ?? new HourInMemory(traits)
    hours.set(start, hour)
    hour.add(entry)
  }
  return Array.from(hours, ([start, hour]) => ({ start, tallies: hour.tallies() }))
}
