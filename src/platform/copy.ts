import { isIP } from 'node:net'
import type { Knex } from 'knex'
import type { Client, Submittable } from 'pg'
import { readBits } from '../net/bits'

const FIRST_BYTES = 1024 * 1024
const SIGNATURE = Buffer.from('PGCOPY\n\xff\r\n\0\0\0\0\0\0\0\0\0', 'latin1')
/** The version of jsonb's format, in front of its text. */
const JSONB_VERSION = '\x01'
const TWO_TO_32 = 2 ** 32
/** Milliseconds from 1970 to 2000, where the times of Postgres begin. */
const EPOCH_MS = Date.UTC(2000)
/** How Postgres calls the families of addresses. */
const INET = 2
const INET6 = 3

const words = new Uint32Array(4)

/**
 * Rows as `copy … from stdin (format binary)` takes them, which spares both sides the way through
 * text ("File Formats: Binary Format" in the page on COPY of Postgres' manual).
 *
 * Begin each row with `row` and give its values in the order of the columns, each by the method of
 * its column's type. A value that the type cannot hold throws RangeError; then the rows are of no
 * use any more.
 */
export class CopyRows {
  readonly #columns: number
  #bytes = Buffer.allocUnsafe(FIRST_BYTES)
  #end = SIGNATURE.copy(this.#bytes)

  constructor(columns: number) {
    this.#columns = columns
  }

  row(): void {
    this.#reserve(2)
    this.#end = this.#bytes.writeInt16BE(this.#columns, this.#end)
  }

  bool(value: boolean): void {
    const at = this.#begin(1)
    this.#bytes.writeInt8(value ? 1 : 0, at)
  }

  int2(value: number | null): void {
    if (value === null) return void this.#begin(null)
    const at = this.#begin(2)
    this.#bytes.writeInt16BE(value, at)
  }

  int4(value: number | null): void {
    if (value === null) return void this.#begin(null)
    const at = this.#begin(4)
    this.#bytes.writeInt32BE(value, at)
  }

  /** Whole numbers up to 2^53. */
  int8(value: number | null): void {
    if (value === null) return void this.#begin(null)
    if (!Number.isSafeInteger(value)) throw new RangeError(`${value} is out of range of int8`)
    const at = this.#begin(8)
    this.#bytes.writeInt32BE(Math.floor(value / TWO_TO_32), at)
    this.#bytes.writeUInt32BE(value >>> 0, at + 4)
  }

  float4(value: number | null): void {
    if (value === null) return void this.#begin(null)
    const at = this.#begin(4)
    this.#bytes.writeFloatBE(value, at)
  }

  float8(value: number): void {
    const at = this.#begin(8)
    this.#bytes.writeDoubleBE(value, at)
  }

  /** A time in milliseconds since 1970. */
  timestamptz(ms: number): void {
    this.int8(Math.round((ms - EPOCH_MS) * 1_000))
  }

  text(value: string | null): void {
    if (value === null) return void this.#begin(null)
    // A UTF-16 unit takes at most three bytes of UTF-8.
    this.#reserve(4 + value.length * 3)
    const length = this.#bytes.write(value, this.#end + 4)
    this.#begin(length)
  }

  /** A document as JSON. */
  jsonb(value: string | null): void {
    this.text(value && JSONB_VERSION + value)
  }

  /** An address, or a network with its prefix length behind a slash. */
  inet(value: string): void {
    const slash = value.indexOf('/')
    const address = slash < 0 ? value : value.slice(0, slash)
    if (isIP(address) === 0) throw new RangeError(`"${value}" is not an address`)
    const used = readBits(address, words) === 4 ? 1 : 4
    const at = this.#begin(4 + 4 * used)
    this.#bytes[at] = used === 1 ? INET : INET6
    this.#bytes[at + 1] = slash < 0 ? 32 * used : Number(value.slice(slash + 1))
    this.#bytes[at + 2] = 0
    this.#bytes[at + 3] = 4 * used
    for (let i = 0; i < used; i++) this.#bytes.writeUInt32BE(words[i]!, at + 4 + 4 * i)
  }

  /** A bit string: 32 bits of each word, the highest first. */
  bit(value: Uint32Array): void {
    const at = this.#begin(4 + 4 * value.length)
    this.#bytes.writeInt32BE(32 * value.length, at)
    value.forEach((word, i) => {
      this.#bytes.writeUInt32BE(word, at + 4 + 4 * i)
    })
  }

  /** All rows as one message; nothing may be added behind it. */
  finish(): Buffer {
    this.#reserve(2)
    this.#end = this.#bytes.writeInt16BE(-1, this.#end)
    return this.#bytes.subarray(0, this.#end)
  }

  /** Makes room for a value of so many bytes (or none: null), and returns where it goes. */
  #begin(length: number | null): number {
    this.#reserve(4 + (length ?? 0))
    const at = this.#bytes.writeInt32BE(length ?? -1, this.#end)
    this.#end = at + (length ?? 0)
    return at
  }

  #reserve(length: number): void {
    if (this.#end + length <= this.#bytes.length) return
    const larger = Buffer.allocUnsafe(2 * (this.#end + length))
    this.#bytes.copy(larger, 0, 0, this.#end)
    this.#bytes = larger
  }
}

/** The part of pg's connection that COPY needs; its types leave it out. */
interface CopyConnection {
  query(sql: string): void
  sendCopyFromChunk(chunk: Buffer): void
  endCopyFrom(): void
}

/**
 * Sends finished rows into `columns` of `table` (both are written into the SQL as they are). In a
 * transaction it is a part of it. Rejects with Postgres' error, and then has added none.
 */
export async function copyInto(
  knex: Knex,
  table: string,
  columns: readonly string[],
  rows: Buffer,
): Promise<void> {
  const sql = `copy ${table} (${columns.join()}) from stdin (format binary)`
  const client: Client = await knex.client.acquireConnection()
  try {
    await new Promise<void>((resolve, reject) => {
      // A query of pg's own kind: the client calls these as the answers arrive, and `callback` to
      // know that its time limit is over.
      const query = {
        submit: (connection: unknown) => (connection as CopyConnection).query(sql),
        handleCopyInResponse(connection: CopyConnection) {
          connection.sendCopyFromChunk(rows)
          connection.endCopyFrom()
        },
        handleCommandComplete() {},
        handleReadyForQuery: () => query.callback(),
        handleError: (error: Error) => query.callback(error),
        callback: (error?: Error) => (error ? reject(error) : resolve()),
      }
      client.query(query as unknown as Submittable)
    })
  } finally {
    await knex.client.releaseConnection(client)
  }
}
