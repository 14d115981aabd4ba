import { visible } from '../../net/visible'
import type { Guards } from '../guards'
import { type Entry, Skipped } from './entry'
import { itemsOf, readItem, recordsOf } from './json'
import { readLine } from './line'
import { type Piece, Pieces } from './pieces'
import { type Table, tableOf } from './table'

/** Networks in one batch. */
const BATCH = 10_000
/** Lines that are named; the others are counted. */
const MOST_NAMED = 20
/** Different reasons kept: each is held in memory once, whatever a list may hold. */
const MOST_REASONS = 200
const LONGEST_REASON = 200

/** Entries as one statement binds them: arrays, the networks and ends as Postgres writes them. */
export interface Batch {
  networks: string
  reasons: (string | null)[] | null
  /** Seconds since 1970. */
  ends: string | null
}

/** Lines that were left out: how many, and the first of them with the reason. */
export interface LeftOut {
  lines: number
  first: { line: number; reason: string }[]
}

/** A list as it was read, ready to be put in force. */
export interface List {
  batches: Batch[]
  /** How many networks it names, some perhaps twice. */
  entries: number
  /** What cannot be used, or what a guard objects to. */
  rejected: LeftOut
  /** What is understood and asks for no block: other scopes, captchas, what has ended. */
  skipped: LeftOut
  /** Taken although a guard objects. */
  forced: LeftOut
  /** Why the list is not whole; undefined when nothing speaks for that. */
  cutOff: string | undefined
}

interface ReadOptions {
  guards: Guards
  /** Takes also what the guards refuse. */
  force: boolean
  /** Told how many lines were read, now and then. */
  onProgress?: (lines: number) => void
}

/**
 * Reads a published list, whatever its kind: plain lists and netsets, CSV with a header, Spamhaus'
 * DROP, CrowdSec's CSV and JSON, our own exports. Takes a stream of text and holds a million entries in some 30 MB;
 * what cannot be used is counted, named and left out.
 */
export async function readList(text: AsyncIterable<string>, options: ReadOptions): Promise<List> {
  const reader = new ListReader(options)
  let lines = 0
  for await (const part of text) {
    lines = reader.take(part)
    options.onProgress?.(lines)
  }
  return reader.end()
}

class ListReader {
  readonly #guards: Guards
  readonly #force: boolean
  readonly #pieces = new Pieces()
  readonly #batches: Batch[] = []
  readonly #reasons = new Set<string>()
  readonly #rejected: LeftOut = { lines: 0, first: [] }
  readonly #skipped: LeftOut = { lines: 0, first: [] }
  readonly #forced: LeftOut = { lines: 0, first: [] }
  #pending: Entry[] = []
  #entries = 0
  #table: Table | undefined
  /** The header of a table is the first line that is no comment. */
  #mayHaveHeader = true
  /** Items of JSON, and how many the list says that it has. */
  #items = 0
  #records: number | undefined
  #line = 0

  constructor({ guards, force }: ReadOptions) {
    this.#guards = guards
    this.#force = force
  }

  take(text: string): number {
    for (const piece of this.#pieces.take(text)) this.#takePiece(piece)
    return this.#line
  }

  end(): List {
    for (const piece of this.#pieces.end()) this.#takePiece(piece)
    this.#flush()
    return {
      batches: this.#batches,
      entries: this.#entries,
      rejected: this.#rejected,
      skipped: this.#skipped,
      forced: this.#forced,
      cutOff: this.#cutOff(),
    }
  }

  #takePiece(piece: Piece): void {
    this.#line = piece.line
    if (piece.kind === 'json') {
      this.#attempt(piece.line, () => {
        for (const item of itemsOf(piece.text)) this.#takeItem(piece.line, item)
      })
    } else if (piece.kind === 'line') {
      this.#attempt(piece.line, () => this.#takeLine(piece))
    } else {
      leaveOut(this.#rejected, piece.line, 'This begins like JSON and is none.')
    }
  }

  #takeItem(line: number, item: unknown): void {
    const records = recordsOf(item)
    if (records !== undefined) {
      this.#records = (this.#records ?? 0) + records
      return
    }
    this.#items++
    this.#attempt(line, () => this.#add(line, readItem(item)))
  }

  #takeLine({ line, text }: Piece): void {
    if (this.#mayHaveHeader && text.trim() !== '') {
      this.#mayHaveHeader = /^\s*(?:[#;]|\/\/)/.test(text)
      this.#table = tableOf(text.replace(/^\ufeff/, '').trimEnd())
      if (this.#table) {
        this.#mayHaveHeader = false
        return
      }
    }
    this.#add(line, (this.#table ?? readLine)(text))
  }

  #attempt(line: number, take: () => void): void {
    try {
      take()
    } catch (error) {
      const { message } = error as Error
      leaveOut(error instanceof Skipped ? this.#skipped : this.#rejected, line, message)
    }
  }

  #add(line: number, entries: Entry[]): void {
    for (const entry of entries) {
      const objection = this.#guards(entry.network)
      if (objection) {
        const sentence = `${entry.network} ${objection.why}.`
        leaveOut(this.#force ? this.#forced : this.#rejected, line, sentence)
        if (!this.#force) continue
      }
      this.#pending.push(entry)
      if (this.#pending.length === BATCH) this.#flush()
    }
  }

  #flush(): void {
    const entries = this.#pending
    if (entries.length === 0) return
    this.#pending = []
    this.#entries += entries.length
    const hasReasons = entries.some(({ reason }) => reason !== null)
    const hasEnds = entries.some(({ expiresAt }) => expiresAt !== null)
    const ends = entries.map(({ expiresAt }) => (expiresAt === null ? 'null' : expiresAt / 1_000))
    this.#batches.push({
      // One text, in which a network takes as many bytes as it has characters.
      networks: `{${entries.map(({ network }) => network).join()}}`,
      reasons: hasReasons ? entries.map(({ reason }) => this.#shared(reason)) : null,
      ends: hasEnds ? `{${ends.join()}}` : null,
    })
  }

  #shared(reason: string | null): string | null {
    if (reason === null) return null
    const text = visible(reason.slice(0, LONGEST_REASON))
    if (this.#reasons.size < MOST_REASONS) this.#reasons.add(text)
    return this.#reasons.has(text) ? text : null
  }

  #cutOff(): string | undefined {
    if (this.#pieces.isCutOff) return 'it ends in the middle of its JSON'
    if (this.#records === undefined || this.#records === this.#items) return undefined
    return `it says that it has ${this.#records} records, and there are ${this.#items}`
  }
}

function leaveOut(leftOut: LeftOut, line: number, reason: string): void {
  leftOut.lines++
  if (leftOut.first.length < MOST_NAMED) leftOut.first.push({ line, reason })
}
