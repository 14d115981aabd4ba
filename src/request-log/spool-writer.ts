import { randomUUID } from 'node:crypto'
import { rename, unlink } from 'node:fs/promises'
import { addressRollups } from '../../models/address-rollup'
import { RequestLog } from '../../models/request-log'
import type { Logger } from '../platform/logger'
import type { Batch } from './batch'
import type { Content, Delivery } from './delivery'
import type { Flood } from './flood'
import { Folds } from './folds'
import { KnownDays } from './known-days'
import { commitSpans, committedPositions, forgetSegments, spansOf } from './ledger'
import { reopenDays } from './partitions'
import { Preparation, type PreparationParts } from './preparation'
import type { Quarantine } from './quarantine'
import { isRefusal } from './refusal'
import { DONE, OPEN } from './segment'
import { batchesOf } from './segment-batches'
import { ignoreMissing, listSegments, type SegmentFile } from './spool'

/** Most lines that are read, and made ready, at once. */
const BATCH_LINES = 10_000
/** Lines after which a delivery ends: the first one, and the fewest. */
const FIRST_LINES = 10_000
const FEWEST_LINES = 250
/** A transaction that is quicker is followed by larger ones, one that takes longer than slow by smaller ones. */
const QUICK_MS = 1_000
const SLOW_MS = 2_000

/** What a `SpoolWriter` works with; `report` hears of each commit. */
interface Parts extends PreparationParts {
  folder: string
  /** Lines after which a delivery ends at the latest. */
  mostLines: number
  /** Segments that are being written, or given up (`limitSpool`): never both at once. */
  inHand: Set<string>
  quarantine: Quarantine
  flood: Pick<Flood, 'allowance' | 'leftOut'>
  log: Pick<Logger, 'warn'>
  /** Waits after so much work, while others need the processor. */
  rest(workedMs: number): Promise<void>
  report(counts: { written?: number; leftOut?: number; quarantined?: number }): void
}

/** What is made ready, and the segments that are written to their end with it. */
interface Load {
  delivery: Delivery
  ended: SegmentFile[]
}

/**
 * Writes the segments of one folder into the database, each record once: its row, and its part of
 * the roll-ups. While the database stores a delivery, the next is read, located and rolled up.
 */
export class SpoolWriter {
  readonly #parts: Parts
  readonly #preparation: Preparation
  readonly #days: KnownDays
  readonly #folds = new Folds()
  /** Names the rows that nobody else writes to. */
  readonly #name = randomUUID()
  readonly #positions = new Map<string, number>()
  /** Those of `inHand` that are in the hands of this one. */
  readonly #held = new Set<string>()
  #mostLines: number

  /** `caution` says how often in a row the database took too long. */
  constructor(parts: Parts, caution = 0) {
    this.#parts = parts
    this.#mostLines = Math.max(FEWEST_LINES, FIRST_LINES >> (2 * caution))
    this.#preparation = new Preparation(parts)
    this.#days = new KnownDays(parts.knex)
  }

  /**
   * Writes what lies in the folder now, and removes the segments to which nothing will be added.
   * Throws when the database or the disk fails, or `signal` is aborted. Nothing is lost by that:
   * another writer goes on where this one was.
   */
  async writeAll(signal: AbortSignal): Promise<void> {
    await this.#days.makeAhead()
    let storing = Promise.resolve()
    let startedAt = performance.now()
    try {
      for await (const { delivery, ended } of this.#loads(signal)) {
        await storing
        storing = this.#write(delivery, ended)
        storing.catch(() => {}) // It is awaited, perhaps later than it fails.
        await this.#parts.rest(performance.now() - startedAt)
        startedAt = performance.now()
      }
    } finally {
      await storing.finally(() => this.#letGo(this.#held))
    }
  }

  async #write(delivery: Delivery, ended: readonly SegmentFile[]): Promise<void> {
    await this.#store(delivery)
    await this.#remove(ended)
    // Last: what fails here is no refusal of what has been written.
    await this.#folds.foldDue(this.#parts.knex)
  }

  async *#loads(signal: AbortSignal): AsyncGenerator<Load> {
    const segments = await this.#segments()
    let packing = this.#preparation.begin()
    let ended: SegmentFile[] = []
    for (const segment of segments) {
      if (!this.#take(segment)) continue
      const position = this.#positions.get(segment.id) ?? 0
      const lines = () => Math.min(BATCH_LINES, this.#mostLines)
      for await (const batch of batchesOf(segment, position, lines)) {
        signal.throwIfAborted()
        await packing.add(batch)
        if (!packing.isFull(this.#mostLines)) continue
        yield { delivery: packing.end(), ended }
        packing = this.#preparation.begin()
        ended = []
      }
      if (segment.state !== OPEN) ended.push(segment)
    }
    yield { delivery: packing.end(), ended }
  }

  /** False when it is being given up. */
  #take({ id }: SegmentFile): boolean {
    const { inHand } = this.#parts
    if (inHand.has(id)) {
      this.#positions.delete(id)
      return false
    }
    inHand.add(id)
    this.#held.add(id)
    return true
  }

  #letGo(ids: Iterable<string>): void {
    for (const id of ids) {
      this.#parts.inHand.delete(id)
      this.#held.delete(id)
    }
  }

  /** The segments of the folder, with known positions. */
  async #segments(): Promise<SegmentFile[]> {
    const { folder, knex, erasures } = this.#parts
    const segments = await listSegments(folder)
    const unknown = segments.filter(({ id }) => !this.#positions.has(id)).map(({ id }) => id)
    if (unknown.length === 0) return segments
    await erasures.read(knex)
    for (const [id, position] of await committedPositions(knex, unknown)) {
      this.#positions.set(id, position)
    }
    return segments
  }

  /**
   * Commits a delivery; one that is refused batch by batch, and a batch in halves, down to the
   * record that is to blame.
   */
  async #store({ batches, content }: Delivery): Promise<void> {
    const [first] = batches
    if (!first) return
    try {
      if (content instanceof Error) throw content
      await this.#commit(batches, content)
    } catch (error) {
      const isOutdated = error instanceof ErasedMeanwhile
      if (!isOutdated && !isRefusal(error)) throw error
      const isOne = batches.length === 1 && !isOutdated
      if (isOne && first.lines === 1) return this.#setAside(first, error)
      for (const part of isOne ? first.split() : batches) {
        await this.#store(await this.#preparation.again(part))
      }
    }
  }

  async #commit(batches: readonly Batch[], content: Content): Promise<void> {
    const { flood, erasures, report } = this.#parts
    const { windows, rows, leftOut } = content
    await this.#days.ensure(windows)
    const startedAt = performance.now()
    await this.#move(batches, async (trx) => {
      await erasures.hold(trx)
      if (erasures.version !== content.erasures) throw new ErasedMeanwhile()
      for (const encoded of content.encodedRows) await RequestLog.write(trx, encoded)
      await addressRollups.append(trx, content.encodedRollUps)
      await content.traffic.write(trx, batches[0]!.segment, this.#name)
      await reopenDays(
        trx,
        windows.map(({ firstSeen }) => firstSeen),
      )
    })
    this.#pace(performance.now() - startedAt)
    flood.leftOut(leftOut)
    report({ written: rows, leftOut })
    this.#folds.added(windows)
  }

  /** Writes batches, which `write` does, together with the positions behind them. */
  async #move(batches: readonly Batch[], write: Parameters<typeof commitSpans>[2]): Promise<void> {
    const spans = spansOf(batches)
    const positions = await commitSpans(this.#parts.knex, spans, write)
    for (const [segment, position] of positions) this.#positions.set(segment, position)
    // After a commit whose answer was lost. What has been read ahead does not fit any more.
    if (spans.some(({ segment, to }) => positions.get(segment) !== to)) {
      throw new Error('a segment was written by somebody else meanwhile')
    }
  }

  #pace(ms: number): void {
    if (ms > SLOW_MS) this.#mostLines = Math.max(FEWEST_LINES, this.#mostLines >> 1)
    else if (ms < QUICK_MS) this.#mostLines = Math.min(this.#parts.mostLines, this.#mostLines << 1)
  }

  async #setAside(batch: Batch, error: unknown): Promise<void> {
    const { quarantine, log, report } = this.#parts
    await quarantine.keep(batch.line(0), (error as Error).message)
    await this.#move([batch], async () => {})
    log.warn({ error }, 'request log: a record cannot be written, it is kept in quarantine.ndjson')
    report({ quarantined: 1 })
  }

  /**
   * Removes segments that are written to their end. Their names change first: without its position
   * in the database none must be taken for one that is still to be written.
   */
  async #remove(segments: readonly SegmentFile[]): Promise<void> {
    if (segments.length === 0) return
    for (const { base, state } of segments) {
      if (state !== DONE) await rename(base + state, base + DONE).catch(ignoreMissing)
    }
    const ids = segments.map(({ id }) => id)
    await forgetSegments(this.#parts.knex, ids)
    for (const { base } of segments) await unlink(base + DONE).catch(ignoreMissing)
    for (const id of ids) this.#positions.delete(id)
    this.#letGo(ids)
  }
}

/** Somebody was erased since a delivery was made ready: it may hold what must not be written. */
class ErasedMeanwhile extends Error {}
