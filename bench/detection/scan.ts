import type { Judgement, JudgeSettings } from '../../src/detection/judge'
import { LearnedThread } from '../../src/detection/learned/thread'
import { bundledNetworks } from '../../src/geo/bundled'
import type { LogEntry } from '../../src/request-log/entry'
import { judgeLogs } from '../../src/scan/judge-logs'
import { LogHours } from '../../src/scan/log-hours'

const SENSITIVE_PATHS = ['/admin', '/login']
/** As a fresh installation judges. */
export const DEFAULTS: JudgeSettings = { maxRequestsPerHour: 100, detectors: ['forest'] }

const log = { warn: (about: unknown, message: string) => console.error(message, about) }
const networks = bundledNetworks()
/** It ends by itself when there is nothing more to do. */
const learned = new LearnedThread()

/** Judges a log as `scan-log.ts` does, with the hours of other logs as the baseline. */
export async function scan(
  entries: readonly LogEntry[],
  baseline: readonly (readonly LogEntry[])[] = [],
  settings: JudgeSettings = DEFAULTS,
): Promise<Judgement[]> {
  const parts = { settings, learned, networks, log: log as never, progress() {} }
  const quiet = baseline.flatMap((older) => hoursOf(older))
  const judgements: Judgement[] = []
  for await (const hour of judgeLogs(hoursOf(entries), quiet, parts)) {
    judgements.push(...hour.judgements)
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

function hoursOf(entries: readonly LogEntry[]) {
  const hours = new LogHours(SENSITIVE_PATHS)
  hours.add(entries)
  return hours.take()
}
