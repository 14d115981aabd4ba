import { once } from 'node:events'
import path from 'node:path'
import { setTimeout as sleep } from 'node:timers/promises'
import type { Worker } from 'node:worker_threads'
import { startThread } from '../../platform/thread'
import type { DetectorName, Matrix } from '../detector'
import type { Contribution } from './explanation'

const WORKER = path.join(__dirname, 'worker')
const IDLE_MS = 30_000

/** What the thread is asked. */
export interface Question {
  detectors: readonly DetectorName[]
  /** The rows to learn from, and those to judge. */
  training: Matrix
  matrix: Matrix
  /** The usual value of each feature, in the matrix's units. */
  usual: Float64Array
  seed: number
  /** Rows that score at least this are explained. */
  explainFrom: number
}

/** What the thread answers. */
export interface LearnedScores {
  /** Those that took part. */
  detectors: DetectorName[]
  /** Why others did not, one sentence each. */
  failures: string[]
  /** How many rows were learned from. */
  trainedOn: number
  /** One per row, 0 to 1, calibrated: 0.5 is as odd as one in a hundred. */
  scores: Float64Array
  /** What counted most, by row. */
  contributions: Map<number, Contribution[]>
}

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

  /**
   * Asks when earlier questions are answered. Rejects when the thread fails, or has not answered
   * within `timeoutMs`; the next question then gets a new thread.
   */
  ask(question: Question, timeoutMs: number): Promise<LearnedScores> {
    const answered = this.#turn.then(() => this.#ask(question, timeoutMs))
    this.#turn = answered.catch(() => {})
    return answered
  }

  async close(): Promise<void> {
    clearTimeout(this.#idle)
    const worker = this.#worker
    this.#worker = undefined
    await worker?.terminate()
  }

  async #ask(question: Question, timeoutMs: number): Promise<LearnedScores> {
    clearTimeout(this.#idle)
    this.#worker ??= start(this.#module)
    this.#worker.ref()
    try {
      this.#worker.postMessage(question)
      const answer = await answerOf(this.#worker, timeoutMs)
      this.#worker.unref()
      this.#idle = setTimeout(() => void this.close(), IDLE_MS).unref()
      return answer
    } catch (error) {
      await this.close()
      throw error
    }
  }
}

function start(module: string): Worker {
  const worker = startThread(module, undefined)
  // Whoever waits for an answer has a listener of his own; without this one an error that comes
  // while nobody waits would end the process.
  worker.on('error', () => {})
  return worker
}

async function answerOf(worker: Worker, timeoutMs: number): Promise<LearnedScores> {
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
