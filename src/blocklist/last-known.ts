import { setTimeout as sleep } from 'node:timers/promises'
import type { Logger } from '../platform/logger'
import type { RedisConnection } from '../platform/redis'
import type { Known } from './packed'
import { SharedSnapshot } from './shared-snapshot'
import { SnapshotFile } from './snapshot-file'

/** Least time between two writings to a place. */
const PAUSE_MS = 250
/** Of the time at most one part in this is spent writing, so that long lists are written seldom. */
const WRITING_SHARE = 20
/** How often a place that does not take it is tried again. */
const RETRY_MS = 5_000
/** How long Redis may take to answer first; while the database was waited for, it had its time. */
const REDIS_WITHIN_MS = 1_000

interface Parts {
  dataDir: string
  redis?: RedisConnection | undefined
  log: Logger
}

/**
 * The last known list, kept on disk and in Redis for a start without the database. Written behind
 * the back of whoever changes the list: a short one within a second, one of a million
 * networks every few seconds while it changes, and at the end.
 */
export class LastKnown {
  readonly #log: Logger
  readonly #redis: RedisConnection | undefined
  readonly #file: SnapshotFile
  readonly #shared: SharedSnapshot | undefined
  readonly #keepers: Keeper[]

  constructor({ dataDir, redis, log }: Parts) {
    this.#log = log
    this.#redis = redis
    this.#file = new SnapshotFile(dataDir)
    this.#shared = redis && new SharedSnapshot(redis)
    this.#keepers = [this.#file, this.#shared].flatMap((place) => {
      return place ? new Keeper((known) => place.write(known), log) : []
    })
  }

  /** Sees to it that this is written; returns at once. */
  keep(known: Known): void {
    for (const keeper of this.#keepers) keeper.keep(known)
  }

  /** The newest that is found, and where; never throws, and waits a second for Redis at most. */
  async recall(): Promise<(Known & { from: 'disk' | 'redis' }) | undefined> {
    const [onDisk, inRedis] = await Promise.all([
      this.#read('disk', () => this.#file.read()),
      this.#read('redis', () => this.#readShared()),
    ])
    if (!onDisk || !inRedis) return onDisk ?? inRedis
    return inRedis.asOf > onDisk.asOf ? inRedis : onDisk
  }

  /** Writes what is not written yet, where that can be done now. */
  async stop(): Promise<void> {
    await Promise.all(this.#keepers.map((keeper) => keeper.stop()))
  }

  async #read<From extends 'disk' | 'redis'>(from: From, read: () => Promise<Known | undefined>) {
    try {
      const known = await read()
      return known && { ...known, from }
    } catch (error) {
      this.#log.warn({ error, from }, 'blocklist: the kept snapshot cannot be used')
      return undefined
    }
  }

  async #readShared(): Promise<Known | undefined> {
    return (await this.#redis?.met(REDIS_WITHIN_MS)) ? this.#shared?.read() : undefined
  }
}

/** Writes to one place, one at a time, the newest first and only. */
class Keeper {
  readonly #write: (known: Known) => Promise<void>
  readonly #log: Logger
  #due: Known | undefined
  #running: Promise<void> | undefined
  #failing = false
  readonly #stopping = new AbortController()

  constructor(write: (known: Known) => Promise<void>, log: Logger) {
    this.#write = write
    this.#log = log
  }

  keep(known: Known): void {
    this.#due = known
    this.#running ??= this.#run().finally(() => {
      this.#running = undefined
    })
  }

  async stop(): Promise<void> {
    this.#stopping.abort()
    await this.#running
    if (this.#due) await this.#writeDue()
  }

  async #run(): Promise<void> {
    const { signal } = this.#stopping
    while (this.#due && !signal.aborted) {
      const tookMs = await this.#writeDue()
      const pauseMs = this.#failing ? RETRY_MS : Math.max(PAUSE_MS, WRITING_SHARE * tookMs)
      await sleep(pauseMs, undefined, { signal, ref: false }).catch(() => {}) // Stopped.
    }
  }

  async #writeDue(): Promise<number> {
    const startedAt = performance.now()
    const known = this.#due!
    this.#due = undefined
    try {
      await this.#write(known)
      this.#failing = false
    } catch (error) {
      this.#due ??= known
      if (!this.#failing) this.#log.warn({ error }, 'blocklist: the snapshot is not kept now')
      this.#failing = true
    }
    return performance.now() - startedAt
  }
}
