import path from 'node:path'
import type { Worker } from 'node:worker_threads'
import type { DatabaseConnection } from '../../platform/database'
import { startThread } from '../../platform/thread'
import type { Trial, TrialResult } from './backtest'
import type { BacktestNews, BacktestSettings, BacktestTask } from './thread'

const THREAD = path.join(__dirname, 'thread')

/** One back-test, as far as it is. */
export interface Backtest {
  state: 'running' | 'done' | 'failed'
  trial: Trial
  startedAt: Date
  finishedAt: Date | null
  /** Hours judged, of so many. */
  progress: { hours: number; of: number }
  result: TrialResult | null
  error: string | null
}

/**
 * Back-tests for people, one at a time, each in a thread of its own: requests do not wait for it,
 * and its memory goes with it. The last one is remembered.
 */
export class Backtests {
  readonly #connection: DatabaseConnection
  readonly #settings: BacktestSettings
  #last: Backtest | undefined
  #ended: Promise<void> = Promise.resolve()
  #worker: Worker | undefined

  constructor(connection: DatabaseConnection, settings: BacktestSettings) {
    this.#connection = connection
    this.#settings = settings
  }

  /** The one that is running, or ran last. */
  get last(): Backtest | undefined {
    return this.#last
  }

  /** Begins one; undefined while another is running. */
  start(trial: Trial): Backtest | undefined {
    if (this.#last?.state === 'running') return undefined
    const begun: Backtest = {
      state: 'running',
      trial,
      startedAt: new Date(),
      finishedAt: null,
      progress: { hours: 0, of: 0 },
      result: null,
      error: null,
    }
    this.#last = begun
    this.#ended = this.#run(begun)
    return begun
  }

  /** Resolves when the running one has ended, whatever became of it. */
  async ended(): Promise<void> {
    await this.#ended
  }

  /** Breaks the running one off. */
  async stop(): Promise<void> {
    await this.#worker?.terminate()
    await this.#ended
  }

  #run(running: Backtest): Promise<void> {
    // Only what it needs: no secret goes along, and nothing that cannot be handed over.
    const { detectors, maxRequestsPerHour, sensitivePaths } = this.#settings
    const { verifyCrawlers, crawlerRanges, monitors } = this.#settings
    const judging = { detectors, maxRequestsPerHour, sensitivePaths }
    const settings = { ...judging, verifyCrawlers, crawlerRanges, monitors }
    const task: BacktestTask = { connection: this.#connection, settings, trial: running.trial }
    const worker = startThread(THREAD, task)
    this.#worker = worker
    worker.unref()
    worker.on('message', (news: BacktestNews) => {
      if ('result' in news) running.result = news.result
      else running.progress = { hours: news.done, of: news.all }
    })
    worker.on('error', (error) => {
      running.error = error.message
    })
    return new Promise((resolve) => {
      worker.once('exit', () => {
        running.state = running.result ? 'done' : 'failed'
        if (!running.result) running.error ??= 'it was broken off'
        running.finishedAt = new Date()
        this.#worker = undefined
        resolve()
      })
    })
  }
}
