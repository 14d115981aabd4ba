import { randomUUID } from 'node:crypto'
import { type FileHandle, open, rename, unlink } from 'node:fs/promises'
import { addressRollups } from '../../models/address-rollup'
import { RequestLog } from '../../models/request-log'
import type { Logger } from '../platform/logger'
import { type Batch, readBatch } from './batch'
import type { Flood } from './flood'
import { Folds } from './folds'
import { commitBatch, committedPosition, forgetSegment } from './ledger'
import { dayOf, daysAhead, ensurePartitions, reopenDays } from './partitions'
import { Preparation, type PreparationParts, type Prepared } from './preparation'
import type { Quarantine } from './quarantine'
import { isRefusal } from './refusal'
import { CLOSED, DONE, OPEN } from './segment'
import { ignoreMissing, listSegments, type SegmentFile } from './spool'
import type { Window } from './windows'

/** Most entries in one transaction, and how few when the database is slow. */
const MOST_LINES = 10_000
const FEWEST_LINES = 250
/** A transaction that takes longer than this is followed by smaller ones, until they are quick. */
const SLOW_MS = 2_000

const AHEAD_EVERY_MS = 3_600_000

/** What a `SpoolWriter` works with; `report` hears of each commit. */
interface Parts extends PreparationParts {
  folder: string
  quarantine: Quarantine
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
  readonly #preparation: Preparation
  readonly #folds = new Folds()
  /** Names the rows that nobody else writes to. */
  readonly #name = randomUUID()
  readonly #positions = new Map<string, number>()
  /** Days whose partition was there when it was last needed. */
  readonly #days = new Set<number>()
  #aheadAt = Number.NEGATIVE_INFINITY
  #batchLines: number

  /** `caution` says how often in a row the database took too long for a batch. */
  constructor(parts: Parts, caution = 0) {
    this.#parts = parts
    this.#batchLines = Math.max(FEWEST_LINES, MOST_LINES >> (2 * caution))
    this.#preparation = new Preparation(parts)
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
          const prepared = await this.#preparation.of(batch)
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
    if (performance.now() - this.#aheadAt < AHEAD_EVERY_MS) return
    await ensurePartitions(this.#parts.knex, daysAhead())
    this.#aheadAt = performance.now()
  }

  /** What a segment holds behind its position, up to its last whole line. */
  async *#batches(segment: SegmentFile): AsyncGenerator<Batch> {
    if (segment.state === DONE) return
    const { id, size } = segment
    let position = this.#positions.get(id) ?? (await this.#begin(id))
    if (position >= size) return

    const file = await openSegment(segment)
    if (!file) return
    try {
      while (position < size) {
        const batch = await readBatch(id, file, position, size, this.#batchLines)
        if (!batch) return
        yield batch
        position = batch.to
      }
    } finally {
      await file.close()
    }
  }

  /** Where the writing of a segment stands. */
  async #begin(id: string): Promise<number> {
    const { knex, erasures } = this.#parts
    await erasures.read(knex)
    const position = await committedPosition(knex, id)
    this.#positions.set(id, position)
    return position
  }

  /** Commits a batch, in halves when it is refused, down to the record that is to blame. */
  async #store(batch: Batch, prepared: Prepared | Error): Promise<void> {
    try {
      if (prepared instanceof Error) throw prepared
      await this.#commit(batch, prepared)
    } catch (error) {
      if (error instanceof ErasedMeanwhile) {
        return this.#store(batch, await this.#preparation.of(batch))
      }
      if (!isRefusal(error)) throw error
      if (batch.lines === 1) return this.#setAside(batch, error)
      for (const half of batch.split()) await this.#store(half, await this.#preparation.of(half))
    }
  }

  async #commit(batch: Batch, prepared: Prepared): Promise<void> {
    const { knex, flood, erasures, report } = this.#parts
    const { windows, rows, leftOut } = prepared
    await this.#ensureDays(windows)
    const startedAt = performance.now()
    const position = await commitBatch(knex, batch, async (trx) => {
      await erasures.hold(trx)
      if (erasures.version !== prepared.erasures) throw new ErasedMeanwhile()
      await RequestLog.write(trx, prepared.encodedRows)
      await addressRollups.append(trx, prepared.encodedRollUps)
      await prepared.traffic.write(trx, batch.segment, this.#name)
      await reopenDays(
        trx,
        windows.map(({ firstSeen }) => firstSeen),
      )
    })
    this.#advance(batch, position)
    this.#pace(performance.now() - startedAt)
    flood.leftOut(leftOut)
    report({ written: rows, leftOut })
    this.#folds.added(windows)
    await this.#folds.foldDue(knex)
  }

  #pace(ms: number): void {
    const lines = ms > SLOW_MS ? this.#batchLines >> 1 : this.#batchLines << 1
    this.#batchLines = Math.min(MOST_LINES, Math.max(FEWEST_LINES, lines))
  }

  #advance({ segment, to }: Batch, position: number): void {
    this.#positions.set(segment, position)
    // After a commit whose answer was lost. What has been read ahead does not fit any more.
    if (position !== to) throw new Error('the segment was written by somebody else meanwhile')
  }

  async #ensureDays(windows: readonly Window[]): Promise<void> {
    const missing = new Set<number>()
    for (const { windowStart } of windows) {
      const day = dayOf(windowStart)
      if (!this.#days.has(day)) missing.add(day)
    }
    if (missing.size === 0) return
    await ensurePartitions(this.#parts.knex, missing)
    for (const day of missing) this.#days.add(day)
  }

  async #setAside(batch: Batch, error: unknown): Promise<void> {
    const { knex, quarantine, log, report } = this.#parts
    await quarantine.keep(batch.line(0), (error as Error).message)
    this.#advance(batch, await commitBatch(knex, batch, async () => {}))
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

/** Somebody was erased since a batch was made ready: it may hold what must not be written. */
class ErasedMeanwhile extends Error {}

/** The segment's file, also when it has been closed since it was listed; undefined when it is gone. */
async function openSegment({ base, state }: SegmentFile): Promise<FileHandle | undefined> {
  const file = await open(base + state, 'r').catch(ignoreMissing)
  return file ?? open(base + CLOSED, 'r').catch(ignoreMissing)
}
