import { once } from 'node:events'
import path from 'node:path'
import { setTimeout as sleep } from 'node:timers/promises'
import type { Worker } from 'node:worker_threads'
import { startThread } from '../../platform/thread'
import type { Usual } from '../features'
import type { Verdict } from './challenge'
import type { DetectorName, Matrix } from './detector'
import type { Contribution } from './explanation'

const WORKER = path.join(__dirname, 'worker')
const IDLE_MS = 30_000

/** What there is to learn from. */
export interface TrainingTask {
  detectors: readonly DetectorName[]
  /** Rows as `observe` writes them down, one at least. Handed over: empty afterwards. */
  observed: Matrix
  seed: number
  /** They come from a baseline, of which attacks were left out. */
  clean: boolean
}

export interface Trained {
  /** To be kept, and to be scored with. */
  model: Uint8Array
  /** Those that took part. */
  detectors: DetectorName[]
  /** Why others did not, one sentence each. */
  failures: string[]
  /** How many rows were learned from. */
  trainedOn: number
}

/** A baseline to learn from, and what the new model has to stand up to. */
export interface ChallengeTask extends TrainingTask {
  /** The champion and older models; those that this version cannot read do not count. */
  incumbents: readonly Uint8Array[]
  /** Attacks that people have confirmed, as `observe` writes them down. */
  prototypes: Matrix
}

export interface Challenged extends Trained {
  verdict: Verdict
}

/** What there is to judge. */
export interface ScoringTask {
  model: Uint8Array
  /** Rows as `observe` writes them down. Handed over: empty afterwards. */
  observed: Matrix
  /** Rows that score at least this are explained. */
  explainFrom: number
}

export interface LearnedScores {
  /** One per row, 0 to 1, calibrated: 0.5 is as odd as one in a hundred. */
  scores: Float64Array
  /** What counted most, by row. */
  contributions: Map<number, Contribution[]>
  /** What the scores compare with. */
  usual: Usual
  detectors: DetectorName[]
  trainedOn: number
}

/** What the two sides say to each other: a task and its matter, and what came of it. */
export type Asked = { train: TrainingTask } | { challenge: ChallengeTask } | { score: ScoringTask }
export type Answered = { done: unknown } | { refused: string }

/**
 * The thread in which everything learned is trained and scored: it starts with the first question
 * and ends when there was none for a while, or at once when it fails. It keeps no process alive.
 */
export class LearnedThread {
  readonly #module: string
  #worker?: Worker
  #idle?: NodeJS.Timeout
  #turn: Promise<unknown> = Promise.resolve()

  constructor(module = WORKER) {
    this.#module = module
  }

  /** Starts the thread ahead of the first question, while there is other work to do. */
  prepare(): void {
    this.#open().unref()
  }

  /** Learns; rejects when no detector works. All tasks: see `#ask`. */
  train(train: TrainingTask, timeoutMs: number): Promise<Trained> {
    return this.#ask({ train }, train.observed, timeoutMs) as Promise<Trained>
  }

  /** Learns, and tells whether the new model may take the champion's place. */
  challenge(challenge: ChallengeTask, timeoutMs: number): Promise<Challenged> {
    return this.#ask({ challenge }, challenge.observed, timeoutMs) as Promise<Challenged>
  }

  /** Scores and explains; rejects with a sentence when the model is not one of this version. */
  score(score: ScoringTask, timeoutMs: number): Promise<LearnedScores> {
    return this.#ask({ score }, score.observed, timeoutMs) as Promise<LearnedScores>
  }

  async close(): Promise<void> {
    clearTimeout(this.#idle)
    const worker = this.#worker
    this.#worker = undefined
    await worker?.terminate()
  }

  /**
   * Asks when earlier questions are answered. Rejects when the task fails, and when the thread
   * does or has not answered within `timeoutMs`; the next question then gets a new thread.
   */
  async #ask(asked: Asked, { values }: Matrix, timeoutMs: number): Promise<unknown> {
    const answered = this.#turn.then(() => this.#post(asked, values, timeoutMs))
    this.#turn = answered.catch(() => {})
    const answer = await answered
    if ('refused' in answer) throw new Error(answer.refused)
    return answer.done
  }

  async #post(asked: Asked, { buffer }: Float64Array, timeoutMs: number): Promise<Answered> {
    clearTimeout(this.#idle)
    const worker = this.#open()
    worker.ref()
    try {
      // Rows of a large site are tens of megabytes: copying them would be felt by who waits.
      worker.postMessage(asked, [buffer as ArrayBuffer])
      const answer = await answerOf(worker, timeoutMs)
      worker.unref()
      this.#idle = setTimeout(() => void this.close(), IDLE_MS).unref()
      return answer
    } catch (error) {
      await this.close()
      throw error
    }
  }

  #open(): Worker {
    if (this.#worker) return this.#worker
    const worker = start(this.#module)
    // One that ends while nobody waits can answer nobody afterwards.
    worker.once('exit', () => {
      if (this.#worker === worker) this.#worker = undefined
    })
    this.#worker = worker
    return worker
  }
}

function start(module: string): Worker {
  const worker = startThread(module, undefined)
  // Whoever waits for an answer has a listener of his own; without this one an error that comes
  // while nobody waits would end the process.
  worker.on('error', () => {})
  return worker
}

async function answerOf(worker: Worker, timeoutMs: number): Promise<Answered> {
  const done = new AbortController()
  const { signal } = done
  const ended = async () => {
    const [code] = await once(worker, 'exit', { signal })
    throw new Error(`the thread ended with code ${code}`)
  }
  const late = async () => {
    await sleep(timeoutMs, undefined, { signal })
    throw new Error(`no answer within ${timeoutMs} ms`)
  }
  try {
    // `once` rejects when there is an 'error' event first.
    const [answer] = await Promise.race([once(worker, 'message', { signal }), ended(), late()])
    return answer
  } finally {
    done.abort()
  }
}
