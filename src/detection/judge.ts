import type { Reason } from '../../models/suspicious-ip'
import type { Logger } from '../platform/logger'
import type { DetectorName } from './detector'
import { FEATURES, isTelling, observe, shownValue, type Usual } from './features'
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
   * What was learned from a baseline of this site (`LearnedThread.train`). Without it the hour is
   * compared with itself.
   */
  model?: Uint8Array | undefined
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

/** The thread that trains and scores. */
export type LearnedPart = Pick<LearnedThread, 'train' | 'score'>

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
  thread: LearnedPart,
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
  scores?: LearnedScores
}

async function learn(
  { tallies, model }: Hour,
  detectors: readonly DetectorName[],
  thread: LearnedPart,
  log: Pick<Logger, 'warn'>,
): Promise<Learned> {
  if (detectors.length === 0) return { facts: { state: 'off' } }
  if (tallies.length < (model ? 1 : FEWEST_ADDRESSES)) return { facts: { state: 'learning' } }

  try {
    const failures: string[] = []
    const scores = await thread.score(
      {
        model: model ?? (await learnFromItself(tallies, detectors, thread, failures)),
        observed: observe(tallies),
        explainFrom: EXPLAIN_FROM,
      },
      LEARNED_TIMEOUT_MS,
    )
    for (const failure of failures) {
      log.warn({ failure }, 'detection: a learned detector is left out')
    }
    const { detectors: took, trainedOn } = scores
    return { facts: { state: 'scored', detectors: took, trainedOn, failures }, scores }
  } catch (error) {
    log.warn({ error }, 'detection: no learned score, the rules decide alone')
    return { facts: { state: 'failed', error: String(error) } }
  }
}

async function learnFromItself(
  tallies: readonly Tally[],
  detectors: readonly DetectorName[],
  thread: LearnedPart,
  failures: string[],
): Promise<Uint8Array> {
  const task = { detectors, observed: observe(tallies), seed: SEED, clean: false }
  const trained = await thread.train(task, LEARNED_TIMEOUT_MS)
  failures.push(...trained.failures)
  return trained.model
}

function learnedReasons(tally: Tally, row: number, { scores }: Learned): Reason[] {
  const contributions = scores?.contributions.get(row) ?? []
  const reasons = contributions.flatMap((contribution) =>
    learnedReason(tally, contribution, scores!.usual),
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
