import { type FileHandle, open, rename, unlink } from 'node:fs/promises'
import type { Knex } from 'knex'
import type { NewRequest } from '../../models/request-log'
import type { Config } from '../config'
import type { Locator } from '../geo/locator'
import type { Place } from '../geo/source'
import { networkSubject } from '../geo/subject'
import type { Address } from '../net/address'
import type { Logger } from '../platform/logger'
import { type Batch, readBatch, split } from './batch'
import { entryOf, type LogEntry } from './entry'
import type { Flood } from './flood'
import { Folds } from './folds'
import { commitBatch, committedPosition, forgetSegment } from './ledger'
import { dayOf, daysAhead, ensurePartitions } from './partitions'
import { PseudonymKeys } from './pseudonym-keys'
import type { Quarantine } from './quarantine'
import { isRefusal } from './refusal'
import { type RollUp, RollUps } from './roll-ups'
import { CLOSED, DONE, OPEN } from './segment'
import { ignoreMissing, listSegments, type SegmentFile } from './spool'
import { storedAddresses } from './stored-address'

/** Most entries in one transaction. */
const BATCH_LINES = 5_000

const AHEAD_EVERY_MS = 3_600_000

/** What comes of a batch: the rows to write, the roll-ups of all its records, rows left out. */
interface Prepared {
  rows: NewRequest[]
  rollUps: RollUp[]
  leftOut: number
}

/** What a `SpoolWriter` works with; `report` hears of each commit. */
interface Parts {
  folder: string
  knex: Knex
  locator: Pick<Locator, 'findAll'>
  quarantine: Quarantine
  ipStorage: Config['ipStorage']
  /** How long the key of a day's pseudonyms is kept behind the day. */
  keyHours: number
  sensitivePaths: readonly string[]
  flood: Pick<Flood, 'allowance' | 'leftOut'>
  log: Pick<Logger, 'warn'>
  /** Waits after so much work, while others need the processor. */
  rest(workedMs: number): Promise<void>
  report(counts: { written?: number; leftOut?: number; quarantined?: number }): void
}

/**
 * Writes the segments of one folder into the database, each record once: its row, and its part of
 * the roll-ups. While the database stores a batch, the next is read, located and rolled up.
 */
export class SpoolWriter {
  readonly #parts: Parts
  readonly #rollUps: RollUps
  readonly #folds = new Folds()
  readonly #keys: PseudonymKeys
  readonly #positions = new Map<string, number>()
  /** Days whose partition was there when it was last needed. */
  readonly #days = new Set<number>()
  #aheadAt = 0

  constructor(parts: Parts) {
    this.#parts = parts
    this.#rollUps = new RollUps(parts.sensitivePaths)
    this.#keys = new PseudonymKeys(parts.knex, parts.keyHours)
  }

  /**
   * Writes what lies in the folder now, and removes the segments to which nothing will be added.
   * Throws when the database or the disk fails, or `signal` is aborted. Nothing is lost by that:
   * another writer goes on where this one was.
   */
  async writeAll(signal: AbortSignal): Promise<void> {
    await this.#makeAhead()
    let storing = Promise.resolve()
    const afterwards = (work: () => Promise<void>) => {
      storing = storing.then(work)
      storing.catch(() => {}) // It is awaited below, perhaps later than it fails.
    }
    try {
      for (const segment of await listSegments(this.#parts.folder)) {
        for await (const batch of this.#batches(segment)) {
          signal.throwIfAborted()
          const startedAt = performance.now()
          const prepared = await this.#prepare(batch)
          await storing
          afterwards(() => this.#store(batch, prepared))
          await this.#parts.rest(performance.now() - startedAt)
        }
        if (segment.state !== OPEN) afterwards(() => this.#remove(segment))
      }
    } finally {
      await storing
    }
  }

  async #makeAhead(): Promise<void> {
    if (Date.now() - this.#aheadAt < AHEAD_EVERY_MS) return
    await ensurePartitions(this.#parts.knex, daysAhead())
    this.#aheadAt = Date.now()
  }

  /** What a segment holds behind its position, up to its last whole line. */
  async *#batches(segment: SegmentFile): AsyncGenerator<Batch> {
    if (segment.state === DONE) return
    const { id, size } = segment
    let position = this.#positions.get(id) ?? (await committedPosition(this.#parts.knex, id))
    this.#positions.set(id, position)
    if (position >= size) return

    const file = await openSegment(segment)
    if (!file) return
    try {
      while (position < size) {
        const batch = await readBatch(id, file, position, size, BATCH_LINES)
        if (!batch) return
        yield batch
        position = batch.to
      }
    } finally {
      await file.close()
    }
  }

  /** Undefined when one of the lines is no record. */
  async #prepare({ lines }: Batch): Promise<Prepared | undefined> {
    const { locator, flood, ipStorage } = this.#parts
    const entries: LogEntry[] = []
    try {
      for (const { text } of lines) entries.push(entryOf(text))
    } catch (error) {
      if (isRefusal(error)) return undefined
      throw error
    }
    const places = await locator.findAll(entries.map(locatedAs))
    const store = await storedAddresses(ipStorage, this.#keys, entries)
    const rows = entries.map((entry) => rowOf(entry, store(entry), places.get(locatedAs(entry))!))
    const { rollUps, kept } = this.#rollUps.roll(rows, flood.allowance)
    for (const row of kept) if (row.optedOut) leaveOutDetails(row)
    return { rows: kept, rollUps, leftOut: rows.length - kept.length }
  }

  /** Commits a batch, in halves when it is refused, down to the record that is to blame. */
  async #store(batch: Batch, prepared: Prepared | undefined): Promise<void> {
    try {
      if (!prepared) throw new SyntaxError('not a record')
      await this.#commit(batch, prepared)
    } catch (error) {
      if (!isRefusal(error)) throw error
      if (batch.lines.length === 1) return this.#setAside(batch, error)
      for (const half of split(batch)) await this.#store(half, await this.#prepare(half))
    }
  }

  async #commit(batch: Batch, { rows, rollUps, leftOut }: Prepared): Promise<void> {
    const { knex, flood, report } = this.#parts
    await this.#ensureDays(rollUps)
    await this.#advance(batch, await commitBatch(knex, batch, rows, rollUps))
    flood.leftOut(leftOut)
    report({ written: rows.length, leftOut })
    this.#folds.added(rollUps)
    await this.#folds.foldDue(knex)
  }

  async #advance({ segment, to }: Batch, position: number): Promise<void> {
    this.#positions.set(segment, position)
    // After a commit whose answer was lost. What has been read ahead does not fit any more.
    if (position !== to) throw new Error('the segment was written by somebody else meanwhile')
  }

  async #ensureDays(rollUps: RollUp[]): Promise<void> {
    const missing = new Set<number>()
    for (const { windowStart } of rollUps) {
      const day = dayOf(windowStart)
      if (!this.#days.has(day)) missing.add(day)
    }
    if (missing.size === 0) return
    await ensurePartitions(this.#parts.knex, missing)
    for (const day of missing) this.#days.add(day)
  }

  async #setAside(batch: Batch, error: unknown): Promise<void> {
    const { knex, quarantine, log, report } = this.#parts
    await quarantine.keep(batch.lines[0]!.text, (error as Error).message)
    await this.#advance(batch, await commitBatch(knex, batch, [], []))
    log.warn({ error }, 'request log: a record cannot be written, it is kept in quarantine.ndjson')
    report({ quarantined: 1 })
  }

  /**
   * Removes a segment that is written to its end. Its name changes first: without its position in
   * the database it must not be taken for one that is still to be written.
   */
  async #remove({ base, id, state }: SegmentFile): Promise<void> {
    if (state !== DONE) await rename(base + state, base + DONE).catch(ignoreMissing)
    await forgetSegment(this.#parts.knex, id)
    await unlink(base + DONE).catch(ignoreMissing)
    this.#positions.delete(id)
  }
}

/** Who opted out is looked up, remembered and asked about elsewhere as their network. */
function locatedAs({ address, optedOut }: LogEntry): Address {
  return optedOut ? networkSubject(address) : address
}

function rowOf(entry: LogEntry, ipAddress: string, { country, city, asn }: Place): NewRequest {
  // Field by field: spreading takes ten times as long.
  return {
    ipAddress,
    timestamp: entry.timestamp,
    method: entry.method,
    path: entry.path,
    query: entry.query,
    status: entry.status,
    durationMs: entry.durationMs,
    bytes: entry.bytes,
    userAgent: entry.userAgent,
    country,
    city,
    asn,
    account: entry.account,
    source: entry.source,
    refusal: entry.refusal,
    optedOut: entry.optedOut,
  }
}

/** What remains of a request whose sender opted out, once it has been rolled up. */
function leaveOutDetails(row: NewRequest): void {
  row.path = ''
  row.query = ''
  row.userAgent = ''
  row.account = null
}

/** The segment's file, also when it has been closed since it was listed; undefined when it is gone. */
async function openSegment({ base, state }: SegmentFile): Promise<FileHandle | undefined> {
  const file = await open(base + state, 'r').catch(ignoreMissing)
  return file ?? open(base + CLOSED, 'r').catch(ignoreMissing)
}
