import path from 'node:path'
import { setTimeout as sleep } from 'node:timers/promises'
import type { Config } from '../config'
import type { Places } from '../geo/places'
import { geoSettings } from '../geo/settings'
import type { Address } from '../net/address'
import type { DatabaseConnection } from '../platform/database'
import type { Role } from '../platform/embedded/lock'
import type { Logger } from '../platform/logger'
import { Drains } from './drains'
import type { LogEntry } from './entry'
import { Gathering } from './gathering'
import { Lines } from './lines'
import { Losses } from './losses'
import { Quarantine } from './quarantine'
import { Segments } from './segments'
import { claimFolder, keepFolder, listSegments, releaseFolder } from './spool'
import type { WriterReport, WriterSettings, WriterSetup } from './writer'
import { WriterThread } from './writer-thread'

export type { LogEntry } from './entry'

/** Size at which a segment is closed and the next begun; less when the whole spool may be small. */
const SEGMENT_BYTES = 4 * 1024 * 1024
/** The spool has room for so many segments: what it gives up is one of them. */
const LEAST_SEGMENTS = 8
/** Age at which it is: what is written must not lie around in a file as well. */
const SEGMENT_MS = 2_000
/** After a failed append the disk is left alone this long. */
const PAUSE_MS = 100
/** What was appended is forced to disk within a second. */
const SYNC_MS = 500
const LOAD_MS = 250
/** Share of its time that a thread works which has no other to spare. */
const BUSY = 0.9
const TELL_LOSSES_MS = 10_000
/** Waiting bytes above which those who can wait should (`room`). */
const ROOM_BYTES = 32 * 1024 * 1024
const DRAIN_LIMIT_MS = 30_000
const STOP_LIMIT_MS = 5_000

/** What a request log works with; its spool lies in the folder `spool` of `dataDir`. */
export interface RequestLogOptions {
  config: WriterSettings & Pick<Config, 'dataDir' | 'spoolMaxMb'>
  connection: DatabaseConnection
  role: Role
  log: Logger
  /** Asks the thread for places, which it finds anyway. */
  places?: Pick<Places, 'connect'>
}

/** What became of the records so far. */
export interface RequestLogCounts {
  recorded: number
  written: number
  /** Counted in the roll-ups, but without a row of their own: left out in a flood. */
  leftOut: number
  /** Refused by the database and kept aside. */
  quarantined: number
  /** Lost: the disk did not take them, or the spool was past its cap. */
  dropped: number
  /** Waiting for the database, about a second ago. */
  spoolBytes: number
}

/**
 * The way every request takes into the database.
 *
 * What is recorded becomes one line of a file, appended together with the others of the same turn
 * of the event loop, and then survives `kill -9`. A thread reads the file, adds places, and writes
 * batches, each exactly once. While the database is away the file grows to its cap; a request
 * never waits for it.
 */
export class RequestLog {
  readonly #options: RequestLogOptions
  readonly #log: Logger
  readonly #root: string
  readonly #capBytes: number
  readonly #counts = {
    recorded: 0,
    written: 0,
    leftOut: 0,
    quarantined: 0,
    spoolBytes: 0,
  }
  readonly #losses: Losses
  readonly #gathering = new Gathering((lines) => this.#append(lines))
  readonly #drains = new Drains()
  #folder?: string
  #segments?: Segments
  #writer?: WriterThread
  readonly #timers: NodeJS.Timeout[] = []
  #load = performance.eventLoopUtilization()
  #pausedUntil = 0

  constructor(options: RequestLogOptions) {
    this.#options = options
    this.#log = options.log
    this.#root = path.join(options.config.dataDir, 'spool')
    this.#losses = new Losses(options.log)
    this.#capBytes = options.config.spoolMaxMb * 1024 * 1024
  }

  /** Begins to record. A disk that does not allow it is tried again; until then all is dropped. */
  start(): void {
    this.#open()
    this.#timers.push(setInterval(() => this.#renew(), SEGMENT_MS).unref())
    this.#timers.push(setInterval(() => void this.#segments?.sync(), SYNC_MS).unref())
    this.#timers.push(setInterval(() => this.#tellLoad(), LOAD_MS).unref())
    this.#timers.push(setInterval(() => this.#losses.look(), TELL_LOSSES_MS).unref())
  }

  /**
   * Resolves within this turn of the event loop, when the record is on file; with false when it was
   * lost, which is counted and logged. Never rejects.
   */
  record(entry: LogEntry): Promise<boolean> {
    return this.#gathering.add(entry)
  }

  /** Records many at once, all of them or, when it returns false, none. */
  recordAll(entries: readonly LogEntry[]): boolean {
    return this.#append(Lines.of(entries))
  }

  /**
   * Resolves when everything recorded before is committed and gone from the spool; rejects when
   * that takes longer than `limitMs`.
   */
  drain(limitMs = DRAIN_LIMIT_MS): Promise<void> {
    return this.#drain(limitMs)
  }

  /** Does what `drain` does, and removes what quarantine and caches know of `address`. */
  forget(address: Address): Promise<void> {
    return this.#drain(DRAIN_LIMIT_MS, address)
  }

  /** What stands in quarantine of `address`, in this process's folder of spools. */
  quarantined(address: Address): Promise<object[]> {
    return new Quarantine(this.#root, this.#options.config).of(address)
  }

  /** Does what `drain` does, and forgets the places that are remembered in this process. */
  forgetPlaces(): Promise<void> {
    return this.#drain(DRAIN_LIMIT_MS, 'places')
  }

  /**
   * For those who can wait, as a reader of files can: resolves when the spool has room for more,
   * with false when it still has none after `limitMs`.
   */
  async room(limitMs: number): Promise<boolean> {
    const end = performance.now() + limitMs
    while ((await this.#spoolBytes()) > Math.min(ROOM_BYTES, this.#capBytes / 2)) {
      if (performance.now() > end) return false
      await sleep(20)
    }
    return true
  }

  get counts(): Readonly<RequestLogCounts> {
    return { ...this.#counts, dropped: this.#losses.total }
  }

  /** Whether records were lost in the last seconds. */
  get isLosing(): boolean {
    return this.#losses.goOn
  }

  /** Stops recording. What is not written within `limitMs` stays in the spool for the next start. */
  async stop(limitMs = STOP_LIMIT_MS): Promise<void> {
    for (const timer of this.#timers) clearInterval(timer)
    if (!this.#folder || !this.#writer) return
    await this.drain(limitMs).catch((error) => {
      this.#log.warn({ error }, 'request log: the rest stays in the spool')
    })
    const folder = this.#folder
    this.#gathering.appendNow()
    this.#segments?.close()
    this.#segments = undefined
    this.#folder = undefined
    await this.#writer.end()
    await releaseFolder(folder)
  }

  #drain(limitMs: number, forget?: Address | 'places'): Promise<void> {
    this.#gathering.appendNow()
    this.#segments?.close()
    return this.#drains.ask((order) => this.#writer?.order(order), limitMs, forget)
  }

  #append(lines: Lines): boolean {
    const { bytes, size, records } = lines
    // Asked for only after a failure; the wall clock may be set back meanwhile.
    if (this.#pausedUntil > 0 && performance.now() < this.#pausedUntil) return this.#drop(records)
    try {
      if (!this.#segments) throw new Error('there is no spool')
      this.#segments.append(bytes, size)
    } catch (error) {
      this.#pausedUntil = performance.now() + PAUSE_MS
      return this.#drop(records, error)
    }
    this.#counts.recorded += records
    return true
  }

  /** The writer leaves the processor to a thread that has hardly time to wait for requests. */
  #tellLoad(): void {
    const now = performance.eventLoopUtilization()
    const { utilization } = performance.eventLoopUtilization(now, this.#load)
    this.#load = now
    this.#writer?.order({ busy: utilization > BUSY })
  }

  #drop(records: number, error?: unknown): false {
    this.#losses.note(records, error)
    return false
  }

  async #spoolBytes(): Promise<number> {
    const segments = this.#folder ? await listSegments(this.#folder) : []
    return segments.reduce((bytes, { size }) => bytes + size, 0)
  }

  /** Begins a new segment, and whatever could not be begun before or has been removed since. */
  #renew(): void {
    try {
      if (this.#folder) keepFolder(this.#folder, this.#options.role)
      else this.#open()
    } catch (error) {
      this.#drop(0, error)
    }
    this.#segments?.close()
  }

  #open(): void {
    const { config, connection, role, log, places } = this.#options
    const { databaseUrl, redisUrl, anonymizeAfterHours, retentionDays, sensitivePaths } = config
    try {
      this.#folder = claimFolder(this.#root, role)
      const segmentBytes = Math.min(SEGMENT_BYTES, this.#capBytes / LEAST_SEGMENTS)
      this.#segments = new Segments(this.#folder, segmentBytes, log)
    } catch (error) {
      this.#drop(0, error)
      return
    }
    this.#writer = new WriterThread({
      setup: {
        root: this.#root,
        folder: this.#folder,
        role,
        capBytes: this.#capBytes,
        connection,
        settings: {
          databaseUrl,
          redisUrl,
          anonymizeAfterHours,
          retentionDays,
          sensitivePaths,
          ...geoSettings(config),
        },
        logLevel: log.level as WriterSetup['logLevel'],
      },
      places,
      log,
      report: (report) => this.#heed(report),
      firstOrders: () => this.#drains.orders,
    })
  }

  #heed(report: WriterReport): void {
    const { written = 0, leftOut = 0, quarantined = 0, dropped = 0, spoolBytes } = report
    this.#counts.written += written
    this.#counts.leftOut += leftOut
    this.#counts.quarantined += quarantined
    this.#counts.spoolBytes = spoolBytes ?? this.#counts.spoolBytes
    if (dropped > 0) this.#drop(dropped, new Error('the spool is past SPOOL_MAX_MB'))
    this.#drains.heed(report)
  }
}
