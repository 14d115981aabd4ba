import type { Writable } from 'node:stream'
import type { Knex } from 'knex'
import type { Client, Submittable } from 'pg'
import { readBits } from '../net/bits'
import { SpareMemory } from './spare-memory'

/** What a row takes, more or less: room that is enough at once need not be made again. */
const ROW_BYTES = 320
/** The type of the message that holds rows. */
const COPY_DATA = 0x64
const SIGNATURE = Buffer.from('PGCOPY\n\xff\r\n\0\0\0\0\0\0\0\0\0', 'latin1')
/** The version of jsonb's format, in front of its text. */
const JSONB_VERSION = '\x01'
/** Up to this length a text is written faster here than by `Buffer.write`. */
const SHORT = 24
const TWO_TO_32 = 2 ** 32
/** Milliseconds from 1970 to 2000, where the times of Postgres begin. */
const EPOCH_MS = Date.UTC(2000)
/** How Postgres calls the families of addresses. */
const INET = 2
const INET6 = 3

const words = new Uint32Array(4)

/** Of rows that are sent, for others. */
const spare = new SpareMemory()

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
  #bytes: Buffer
  #view: DataView
  #end: number

  /** For so many columns and, about, rows. */
  constructor(columns: number, rows: number) {
    this.#columns = columns
    this.#bytes = spare.take(SIGNATURE.length + rows * ROW_BYTES)
    this.#view = new DataView(this.#bytes.buffer)
    this.#end = SIGNATURE.copy(this.#bytes)
  }

  row(): void {
    this.#reserve(2)
    this.#view.setInt16(this.#end, this.#columns)
    this.#end += 2
  }

  bool(value: boolean): void {
    const at = this.#begin(1)
    this.#view.setInt8(at, value ? 1 : 0)
  }

  int2(value: number | null): void {
    if (value === null) return void this.null()
    if ((value << 16) >> 16 !== value) throw outOfRange(value, 'int2')
    const at = this.#begin(2)
    this.#view.setInt16(at, value)
  }

  int4(value: number | null): void {
    if (value === null) return void this.null()
    if ((value | 0) !== value) throw outOfRange(value, 'int4')
    const at = this.#begin(4)
    this.#view.setInt32(at, value)
  }

  /** A value of each number from one place on and up to another: so many columns. */
  int4s(numbers: Int32Array, from: number, to: number): void {
    this.#reserve(8 * (to - from))
    for (let i = from; i < to; i++) {
      this.#view.setInt32(this.#end, 4)
      this.#view.setInt32(this.#end + 4, numbers[i]!)
      this.#end += 8
    }
  }

  /** Whole numbers up to 2^53. */
  int8(value: number | null): void {
    if (value === null) return void this.null()
    if (!Number.isSafeInteger(value)) throw outOfRange(value, 'int8')
    const at = this.#begin(8)
    this.#view.setInt32(at, Math.floor(value / TWO_TO_32))
    this.#view.setUint32(at + 4, value)
  }

  float4(value: number | null): void {
    if (value === null) return void this.null()
    const at = this.#begin(4)
    this.#view.setFloat32(at, value)
  }

  float8(value: number): void {
    const at = this.#begin(8)
    this.#view.setFloat64(at, value)
  }

  /** A time in milliseconds since 1970. */
  timestamptz(ms: number): void {
    this.int8(Math.round((ms - EPOCH_MS) * 1_000))
  }

  text(value: string | null): void {
    if (value === null) return void this.null()
    // A UTF-16 unit takes at most three bytes of UTF-8.
    this.#reserve(4 + value.length * 3)
    const isWritten = value.length <= SHORT && this.#writeAscii(value)
    this.#begin(isWritten ? value.length : this.#bytes.write(value, this.#end + 4))
  }

  /** A document as JSON. */
  jsonb(value: string | null): void {
    this.text(value && JSONB_VERSION + value)
  }

  /** An address, or a network with its prefix length behind a slash; it must be one. */
  inet(value: string): void {
    const slash = value.indexOf('/')
    const used = readBits(slash < 0 ? value : value.slice(0, slash), words) === 4 ? 1 : 4
    const at = this.#begin(4 + 4 * used)
    this.#bytes[at] = used === 1 ? INET : INET6
    this.#bytes[at + 1] = slash < 0 ? 32 * used : Number(value.slice(slash + 1))
    this.#bytes[at + 2] = 0
    this.#bytes[at + 3] = 4 * used
    for (let i = 0; i < used; i++) this.#view.setUint32(at + 4 + 4 * i, words[i]!)
  }

  /** A bit string: 32 bits of each word from one place on and up to another, the highest first. */
  bit(words: Int32Array, from: number, to: number): void {
    const at = this.#begin(4 + 4 * (to - from))
    this.#view.setInt32(at, 32 * (to - from))
    for (let i = from; i < to; i++) this.#view.setInt32(at + 4 + 4 * (i - from), words[i]!)
  }

  /**
   * Bytes (bytea): the four of each word from one place on and up to another, the highest first.
   * The bits of `flipped` are turned round in each.
   */
  words(words: Int32Array, from: number, to: number, flipped: number): void {
    const at = this.#begin(4 * (to - from))
    for (let i = from; i < to; i++) this.#view.setInt32(at + 4 * (i - from), words[i]! ^ flipped)
  }

  null(): void {
    this.#reserve(4)
    this.#view.setInt32(this.#end, -1)
    this.#end += 4
  }

  /** All rows as one message; nothing may be added behind it. */
  finish(): Buffer {
    this.#reserve(2)
    this.#view.setInt16(this.#end, -1)
    return this.#bytes.subarray(0, this.#end + 2)
  }

  /** Writes a text where the next value goes; false when it is not all ASCII. */
  #writeAscii(value: string): boolean {
    const at = this.#end + 4
    for (let i = 0; i < value.length; i++) {
      const code = value.charCodeAt(i)
      if (code > 0x7f) return false
      this.#bytes[at + i] = code
    }
    return true
  }

  /** Makes room for a value of so many bytes, and returns where it goes. */
  #begin(length: number): number {
    this.#reserve(4 + length)
    const at = this.#end + 4
    this.#view.setInt32(this.#end, length)
    this.#end = at + length
    return at
  }

  #reserve(length: number): void {
    if (this.#end + length <= this.#bytes.length) return
    const larger = spare.take(2 * (this.#end + length))
    this.#bytes.copy(larger, 0, 0, this.#end)
    spare.giveBack(this.#bytes)
    this.#bytes = larger
    this.#view = new DataView(larger.buffer)
  }
}

function outOfRange(value: number, type: string): RangeError {
  return new RangeError(`${value} is out of range of ${type}`)
}

/** The part of pg's connection that COPY needs; its types leave it out. */
interface CopyConnection {
  readonly stream: Writable
  query(sql: string): void
  endCopyFrom(): void
}

/**
 * Sends finished rows into `columns` of `table` (both are written into the SQL as they are), once:
 * their memory is used again for others. In a transaction it is a part of it. Rejects with Postgres'
 * error, and then has added none.
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
          // As one message, put together here: pg's own way copies all of it once more.
          const header = Buffer.alloc(5)
          header.writeUInt8(COPY_DATA)
          header.writeInt32BE(4 + rows.length, 1)
          connection.stream.write(header)
          connection.stream.write(rows)
          connection.endCopyFrom()
        },
        handleCommandComplete() {},
        handleReadyForQuery: () => query.callback(),
        handleError: (error: Error) => query.callback(error),
        callback: (error?: Error) => (error ? reject(error) : resolve()),
      }
      client.query(query as unknown as Submittable)
    })
    // Not after an error: then the socket may still hold them.
    spare.giveBack(rows)
  } finally {
    await knex.client.releaseConnection(client)
  }
}
