import type { Socket } from 'node:net'
import type { Knex } from 'knex'
import type { Submittable } from 'pg'
import { writeBits } from '../net/bits'

/** Signature, flags and the length of an extension that there is none of yet. */
const HEADER_BYTES = 19
const SIGNATURE_START = 0x5047_434f // PGCO, more columns than a table can have
/** In place of the number of columns: there are no more rows. */
const END = -1
const TWO_TO_32 = 2 ** 32
/** Rows are read for so long before others have their turn: a fast server sends megabytes at a time. */
const TURN_MS = 4
/** How Postgres calls the addresses that take one word. */
const INET = 2

const words = new Uint32Array(4)

/**
 * One row as `copy … to stdout (format binary)` gives it: ask for its values in the order of the
 * columns, each by the method of its column's type; those that may be null say so by null. It can be read
 * while it is handed over, and never afterwards.
 */
export class CopiedRow {
  #bytes: Buffer = Buffer.alloc(0)
  #at = 0
  /** Columns of this row that were not asked for yet. */
  #unread = 0

  /** Reads all rows of one message of Postgres. */
  static read(row: CopiedRow, bytes: Buffer, use: (row: CopiedRow) => void): void {
    row.#bytes = bytes
    row.#at = bytes.length >= 4 && bytes.readInt32BE(0) === SIGNATURE_START ? HEADER_BYTES : 0
    while (row.#at < bytes.length) {
      const columns = bytes.readInt16BE(row.#at)
      if (columns === END) return
      row.#at += 2
      row.#unread = columns
      use(row)
      while (row.#unread > 0) row.#next()
    }
  }

  int2(): number {
    return this.#bytes.readInt16BE(this.#next())
  }

  int4(): number {
    return this.#bytes.readInt32BE(this.#next())
  }

  /** Whole numbers up to 2^53. */
  int8(): number | null {
    const at = this.#next()
    if (at < 0) return null
    return this.#bytes.readInt32BE(at) * TWO_TO_32 + this.#bytes.readUInt32BE(at + 4)
  }

  float8(): number {
    return this.#bytes.readDoubleBE(this.#next())
  }

  text(): string | null {
    const at = this.#next()
    return at < 0 ? null : this.#bytes.toString('utf8', at, this.#at)
  }

  /** An address in its canonical form, or a network. */
  inet(): string {
    const at = this.#next()
    const family = this.#bytes[at] === INET ? 4 : 6
    const used = family === 4 ? 1 : 4
    for (let i = 0; i < used; i++) words[i] = this.#bytes.readUInt32BE(at + 4 + 4 * i)
    const prefix = this.#bytes[at + 1]!
    const address = writeBits(family, words)
    return prefix === 32 * used ? address : `${address}/${prefix}`
  }

  /** A bit string of whole words, into `words`. */
  bit(words: number[]): void {
    const at = this.#next() + 4
    for (let i = 0; i < words.length; i++) words[i] = this.#bytes.readInt32BE(at + 4 * i)
  }

  /** Bytes (bytea) that are words of four, each handed to `use`. */
  words(use: (word: number) => void): void {
    for (let at = this.#next(); at < this.#at; at += 4) use(this.#bytes.readInt32BE(at))
  }

  /** Goes behind the next value, and answers where it begins; -1 when it is null. */
  #next(): number {
    const length = this.#bytes.readInt32BE(this.#at)
    const at = this.#at + 4
    this.#at = at + Math.max(0, length)
    this.#unread--
    return length < 0 ? -1 : at
  }
}

/**
 * Hands the rows of a select to `use`, one after the other as they arrive, without the way through
 * text: a fifth of what pg takes for as many columns. The select can have no parameters. In a
 * transaction it is a part of it. Rejects with Postgres' error, or with what `use` throws.
 */
export async function copyOut(
  knex: Knex,
  select: string,
  use: (row: CopiedRow) => void,
): Promise<void> {
  const client = await knex.client.acquireConnection()
  const row = new CopiedRow()
  let failure: unknown
  let turnStartedAt: number | undefined
  try {
    await new Promise<void>((resolve, reject) => {
      // As in `copyInto`: a query of pg's own kind. What it threw would end the process.
      const query = {
        submit: (connection: unknown) =>
          (connection as { query(sql: string): void }).query(
            `copy (${select}) to stdout (format binary)`,
          ),
        handleCopyData({ chunk }: { chunk: Buffer }, { stream }: { stream: Socket }) {
          if (failure !== undefined) return
          if (turnStartedAt === undefined) {
            turnStartedAt = performance.now()
            setImmediate(() => {
              turnStartedAt = undefined
              stream.resume()
            })
          }
          try {
            CopiedRow.read(row, chunk, use)
          } catch (error) {
            failure = error
          }
          if (performance.now() - turnStartedAt > TURN_MS) stream.pause()
        },
        handleCommandComplete() {},
        handleReadyForQuery: () => query.callback(failure),
        handleError: (error: Error) => query.callback(error),
        callback: (error?: unknown) => (error === undefined ? resolve() : reject(error)),
      }
      client.query(query as unknown as Submittable)
    })
  } finally {
    await knex.client.releaseConnection(client)
  }
}
