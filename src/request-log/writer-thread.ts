import path from 'node:path'
import type { Worker } from 'node:worker_threads'
import type { Places } from '../geo/places'
import type { Logger } from '../platform/logger'
import { within } from '../platform/patience'
import { startThread } from '../platform/thread'
import type { WriterOrder, WriterReport, WriterSetup } from './writer'

const RESTART_MS = 1_000
const END_LIMIT_MS = 1_500
interface Parts {
  setup: Omit<WriterSetup, 'questions'>
  /** Asks the thread for places, which it finds anyway. */
  places?: Pick<Places, 'connect'> | undefined
  log: Logger
  report(report: WriterReport): void
  /** What is asked of every thread that begins. */
  firstOrders(): WriterOrder[]
}

/**
 * The life of the thread that empties a spool (`writer.ts`): a dead one is replaced, and loses
 * nothing, for another one finds all it needs in the folder and the database.
 */
export class WriterThread {
  readonly #parts: Parts
  #worker?: Worker
  #ended = false

  constructor(parts: Parts) {
    this.#parts = parts
    this.#start()
  }

  order(order: WriterOrder): void {
    this.#worker?.postMessage(order)
  }

  /** Ends the thread; what is not written is left for another one. */
  async end(): Promise<void> {
    this.#ended = true
    const worker = this.#worker
    if (!worker) return
    const exit = new Promise<void>((resolve) => worker.once('exit', () => resolve()))
    this.order({ stop: true })
    await within(exit, END_LIMIT_MS).catch(() => {}) // Ended below, then.
    await worker.terminate()
  }

  #start(): void {
    const { setup, places, log, report, firstOrders } = this.#parts
    const questions = places?.connect()
    const data: WriterSetup = { ...setup, questions }
    const worker = startThread(path.join(__dirname, 'writer'), data, questions && [questions])
    worker.on('message', report)
    worker.on('error', (error) => log.error({ error }, 'request log: the writer failed'))
    worker.once('exit', () => {
      if (!this.#ended) setTimeout(() => this.#ended || this.#start(), RESTART_MS).unref()
    })
    this.#worker = worker
    for (const order of firstOrders()) this.order(order)
  }
}
