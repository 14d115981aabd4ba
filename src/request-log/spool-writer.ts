import { type FileHandle, open, rename, unlink } from 'node:fs/promises'
import type { Knex } from 'knex'
import type { NewRequest } from '../../models/request-log'
import type { Locator } from '../geo/locator'
import type { Address } from '../net/address'
import type { Logger } from '../platform/logger'
import { type Batch, readBatch, split } from './batch'
import { entryOf } from './entry'
import { commitBatch, committedPosition, forgetSegment } from './ledger'
import { dayOf, daysAhead, ensurePartitions } from './partitions'
import type { Quarantine } from './quarantine'
import { isRefusal } from './refusal'
import { CLOSED, DONE, OPEN } from './segment'
import { ignoreMissing, listSegments, type SegmentFile } from './spool'

/** Most entries in one transaction. */
const BATCH_LINES = 5_000

const AHEAD_EVERY_MS = 3_600_000

/** What a `SpoolWriter` works with; `report` hears of each commit. */
interface Parts {
  folder: string
  knex: Knex
  locator: Pick<Locator, 'findAll'>
  quarantine: Quarantine
  /** What is written in place of an address. */
  storedAddress(address: Address): string
  log: Pick<Logger, 'warn'>
  report(counts: { written?: number; quarantined?: number }): void
}

/** Writes the segments of one folder into the database, each record once. */
export class SpoolWriter {
  readonly #parts: Parts
  readonly #positions = new Map<string, number>()
  /** Days whose partition was there when it was last needed. */
  readonly #days = new Set<number>()
  #aheadAt = 0

  constructor(parts: Parts) {
    this.#parts = parts
  }

  /**
   * Writes what lies in the folder now, and removes the segments to which nothing will be added.
   * Throws when the database or the disk fails, or `signal` is aborted. Nothing is lost by that:
   * another writer goes on where this one was.
   */
  async writeAll(signal: AbortSignal): Promise<void> {
    await this.#makeAhead()
    for (const segment of await listSegments(this.#parts.folder)) {
      if (segment.state !== DONE) await this.#write(segment, signal)
      if (segment.state !== OPEN) await this.#remove(segment)
    }
  }

  async #makeAhead(): Promise<void> {
    if (Date.now() - this.#aheadAt < AHEAD_EVERY_MS) return
    await ensurePartitions(this.#parts.knex, daysAhead())
    this.#aheadAt = Date.now()
  }

  async #write(segment: SegmentFile, signal: AbortSignal): Promise<void> {
    const { id, size } = segment
    let position = this.#positions.get(id) ?? (await committedPosition(this.#parts.knex, id))
    this.#positions.set(id, position)
    if (position >= size) return

    const file = await openSegment(segment)
    if (!file) return
    try {
      while (position < size) {
        signal.throwIfAborted()
        const batch = await readBatch(id, file, position, size, BATCH_LINES)
        if (!batch) break // The rest is not a whole line.
        position = await this.#store(batch)
        this.#positions.set(id, position)
      }
    } finally {
      await file.close()
    }
  }

  /** Commits a batch, in halves when the database refuses it, down to the record that is to blame. */
  async #store(batch: Batch): Promise<number> {
    try {
      return await this.#commit(batch)
    } catch (error) {
      if (!isRefusal(error)) throw error
      if (batch.lines.length === 1) return this.#setAside(batch, error)

      const [first, second] = split(batch)
      const between = await this.#store(first)
      return between === second.from ? this.#store(second) : between
    }
  }

  async #commit(batch: Batch): Promise<number> {
    const { knex, report } = this.#parts
    const rows = await this.#rowsOf(batch)
    await this.#ensureDays(rows)
    const position = await commitBatch(knex, batch, rows)
    report({ written: rows.length })
    return position
  }

  async #rowsOf({ lines }: Batch): Promise<NewRequest[]> {
    const { locator, storedAddress } = this.#parts
    const entries = lines.map(({ text }) => entryOf(text))
    const places = await locator.findAll(entries.map(({ address }) => address))
    return entries.map((entry) => {
      const { country, city, asn } = places.get(entry.address)!
      // Field by field: spreading takes ten times as long.
      return {
        ipAddress: storedAddress(entry.address),
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
      }
    })
  }

  async #ensureDays(rows: NewRequest[]): Promise<void> {
    const missing = new Set<number>()
    for (const { timestamp } of rows) {
      const day = dayOf(timestamp)
      if (!this.#days.has(day)) missing.add(day)
    }
    if (missing.size === 0) return
    await ensurePartitions(this.#parts.knex, missing)
    for (const day of missing) this.#days.add(day)
  }

  async #setAside(batch: Batch, error: unknown): Promise<number> {
    const { knex, quarantine, log, report } = this.#parts
    await quarantine.keep(batch.lines[0]!.text, (error as Error).message)
    const position = await commitBatch(knex, batch, [])
    log.warn({ error }, 'request log: a record cannot be written, it is kept in quarantine.ndjson')
    report({ quarantined: 1 })
    return position
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

/** The segment's file, also when it has been closed since it was listed; undefined when it is gone. */
async function openSegment({ base, state }: SegmentFile): Promise<FileHandle | undefined> {
  const file = await open(base + state, 'r').catch(ignoreMissing)
  return file ?? open(base + CLOSED, 'r').catch(ignoreMissing)
}
