import { once } from 'node:events'
import path from 'node:path'
import type { Worker } from 'node:worker_threads'
import type { DatabaseConnection } from '../platform/database'
import type { OwnConnection } from '../platform/own-connection'
import { startThread } from '../platform/thread'
import { type Loaded, loadShortList } from './load'
import type { LoadedBuffers } from './load-thread'
import { Snapshot } from './snapshot'

const THREAD = path.join(__dirname, 'load-thread')
/** A million networks take a second or two. */
const THREAD_LIMIT_MS = 120_000

/**
 * Loads the whole list without holding up the requests: a list of one page here, which takes
 * milliseconds, a longer one in a thread of its own, which takes its memory with it when it ends.
 */
export class Loader {
  readonly #connection: OwnConnection
  readonly #options: DatabaseConnection
  #thread: Worker | undefined

  /** `connection` reads short lists, `options` are for the connection of the thread. */
  constructor(connection: OwnConnection, options: DatabaseConnection) {
    this.#connection = connection
    this.#options = options
  }

  /** One at a time. Throws when the database does not answer, or the loader is stopped. */
  async load(): Promise<Loaded> {
    return (await loadShortList(this.#connection)) ?? (await this.#loadInThread())
  }

  /** Whether a long list is on its way: the database has answered, and its rows are being read. */
  get underWay(): boolean {
    return this.#thread !== undefined
  }

  async stop(): Promise<void> {
    await this.#thread?.terminate()
  }

  async #loadInThread(): Promise<Loaded> {
    const thread = startThread(THREAD, this.#options)
    this.#thread = thread
    thread.unref()
    const limit = setTimeout(() => void thread.terminate(), THREAD_LIMIT_MS).unref()
    try {
      // `once` rejects when there is an 'error' event first.
      const [loaded] = await Promise.race([once(thread, 'message'), ended(thread)])
      const { buffers, revision } = loaded as LoadedBuffers
      return { snapshot: Snapshot.from(buffers), revision }
    } finally {
      clearTimeout(limit)
      this.#thread = undefined
    }
  }
}

async function ended(thread: Worker): Promise<never> {
  const [code] = await once(thread, 'exit')
  throw new Error(`the thread that loads the blocklist ended with code ${code}`)
}
