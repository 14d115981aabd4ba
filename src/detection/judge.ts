import type { Reason } from '../../models/suspicious-ip'
import type { Logger } from '../platform/logger'
import type { DetectorName, Matrix } from './detector'
import { FEATURES, isTelling, observe, shownValue, toMatrix, type Usual, usualOf } from './features'
import { fuse, LEARNED_FLAG, type Severity, severityOf } from './fusion'
import type { Contribution } from './learned/explanation'
import type { LearnedScores, LearnedThread } from './learned/thread'
import { judgeByRules } from './rules'
import type { Tally } from './tally'

/** With fewer addresses than this there is no "usual" to learn. */
const FEWEST_ADDRESSES = 32
/** Rows that score at least this get learned reasons: as odd as one in a hundred. */
const EXPLAIN_FROM = 0.5
const MOST_LEARNED_REASONS = 3
const LEARNED_TIMEOUT_MS = 120_000
const SEED = 20_080_101

export interface JudgeSettings {
  maxRequestsPerHour: number
  detectors: readonly DetectorName[]
}

/** One hour as it is judged. */
export interface Hour {
  tallies: readonly Tally[]
  /**
   * What is usual at this site, from days without attacks, as `observe` writes it down. Without
   * it the hour is compared with itself.
   */
  baseline?: Matrix | undefined
}

/** What is thought of one address in one hour. */
export interface Judgement {
  tally: Tally
  /** 0 to 1. */
  risk: number
  severity: Severity
  /** Broken rules, then what is odd about it, the most telling first. */
  reasons: Reason[]
  flagged: boolean
}

/** How the learned score came about, kept with the run. */
export type LearnedFacts =
  | { state: 'scored'; detectors: DetectorName[]; trainedOn: number; failures: string[] }
  | { state: 'learning' | 'off' }
  | { state: 'failed'; error: string }

/** What is thought of an hour: one judgement per tally, in their order. */
export interface Judged {
  judgements: Judgement[]
  learned: LearnedFacts
}

/**
 * Judges every address of one hour: rules, learned detectors and both together. The hourly job,
 * scan-log and back-tests all judge by it.
 *
 * The learned part runs in a thread and may fail; then the rules decide alone, and the log and
 * the facts say so. A learned score alone flags only when it is extreme, and never blocks.
 */
export async function judge(
  hour: Hour,
  { maxRequestsPerHour, detectors }: JudgeSettings,
  thread: Pick<LearnedThread, 'ask'>,
  log: Pick<Logger, 'warn'>,
): Promise<Judged> {
  const { tallies } = hour
  const learned = await learn(hour, detectors, thread, log)
  const judgements = tallies.map((tally, row) => {
    const broken = judgeByRules(tally, maxRequestsPerHour)
    const odd = learnedReasons(tally, row, learned)
    // What a person cannot be told does not count.
    const score = odd.length > 0 ? learned.scores!.scores[row]! : 0
    const risk = fuse(broken, score)
    return {
      tally,
      risk,
      severity: severityOf(risk),
      reasons: [...broken, ...odd],
      flagged: broken.length > 0 || score >= LEARNED_FLAG,
    }
  })
  return { judgements, learned: learned.facts }
}

interface Learned {
  facts: LearnedFacts
  usual?: Usual
  scores?: LearnedScores
}

async function learn(
  { tallies, baseline }: Hour,
  detectors: readonly DetectorName[],
  thread: Pick<LearnedThread, 'ask'>,
  log: Pick<Logger, 'warn'>,
): Promise<Learned> {
  if (detectors.length === 0) return { facts: { state: 'off' } }
  const observed = observe(tallies)
  const learnFrom = baseline ?? observed
  if (learnFrom.rows < FEWEST_ADDRESSES || observed.rows === 0) {
    return { facts: { state: 'learning' } }
  }

  const usual = usualOf(learnFrom)
  const question = {
    detectors,
    training: toMatrix(learnFrom, usual),
    matrix: toMatrix(observed, usual),
    usual: usual.median,
    seed: SEED,
    explainFrom: EXPLAIN_FROM,
  }
  try {
    const scores = await thread.ask(question, LEARNED_TIMEOUT_MS)
    for (const failure of scores.failures) {
      log.warn({ failure }, 'detection: a learned detector is left out')
    }
    const { trainedOn, failures } = scores
    return {
      facts: { state: 'scored', detectors: scores.detectors, trainedOn, failures },
      usual,
      scores,
    }
  } catch (error) {
    log.warn({ error }, 'detection: no learned score, the rules decide alone')
    return { facts: { state: 'failed', error: String(error) } }
  }
}

function learnedReasons(tally: Tally, row: number, { usual, scores }: Learned): Reason[] {
  const contributions = scores?.contributions.get(row) ?? []
  const reasons = contributions.flatMap((contribution) =>
    learnedReason(tally, contribution, usual!),
  )
  return reasons.slice(0, MOST_LEARNED_REASONS)
}

/** "share not found 0.93; usual here 0.04"; none when the two hardly differ. */
function learnedReason(
  tally: Tally,
  { feature: nth, weight }: Contribution,
  usual: Usual,
): Reason[] {
  const feature = FEATURES[nth]!
  const here = shownValue(feature, tally)
  const there = usual.shown[nth]!
  if (!isTelling(feature, here, there)) return []
  const text = `${feature.label} ${readable(here)}; usual here ${readable(there)}`
  return [{ text, kind: 'learned', weight }]
}

function readable(value: number): string {
  return String(value >= 10 ? Math.round(value) : Math.round(value * 100) / 100)
}
