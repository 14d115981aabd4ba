import type { LogEntry } from './entry'
import { sanitise, sanitisePath } from './sanitise'

/** Most bytes kept of a text; an index entry of Postgres must stay under 2,704. */
const LIMITS = { method: 32, path: 2_048, query: 2_048, userAgent: 2_048, account: 256 }

/** Room for all of a line but its texts; whatever writes a text leaves as much behind it. */
const FRAME_BYTES = 256
/** Room to begin with: the lines of most turns of the event loop. */
const FIRST_BYTES = 16 * 1024

const QUOTE = 0x22
const COMMA = 0x2c
const ZERO = 0x30
const BACKSLASH = 0x5c

/**
 * Lines of a spool segment, gathered as the bytes that are appended: each entry as a JSON array,
 * every text made safe, and a newline (`entryOf` reads it).
 *
 * Put together byte by byte, in memory that is used again. As texts they took up to twice as long:
 * joining, flattening and encoding them, and collecting the pieces.
 */
export class Lines {
  #bytes = Buffer.allocUnsafe(FIRST_BYTES)
  #end = 0
  #records = 0
  /** The last time that was written, and how: many requests have it in common. */
  #timestamp = Number.NaN
  #timestampText = ''

  static of(entries: readonly LogEntry[]): Lines {
    const lines = new Lines()
    for (const entry of entries) lines.add(entry)
    return lines
  }

  /** The memory that holds the lines, from its beginning on; only until the next is added. */
  get bytes(): Buffer {
    return this.#bytes
  }

  /** Bytes of all lines. */
  get size(): number {
    return this.#end
  }

  get records(): number {
    return this.#records
  }

  add(entry: LogEntry): void {
    const { address, timestamp, method, path, query, status, durationMs, bytes } = entry
    const { userAgent, account, source } = entry
    this.#reserve(FRAME_BYTES)
    this.#ascii('["')
    this.#ascii(address)
    this.#ascii('",')
    this.#time(timestamp)
    this.#text(method, LIMITS.method, sanitise)
    this.#text(path, LIMITS.path, sanitisePath)
    this.#text(query, LIMITS.query, sanitise)
    this.#number(status)
    this.#number(durationMs === null ? null : Math.round(durationMs * 1_000))
    this.#number(bytes)
    this.#text(userAgent, LIMITS.userAgent, sanitise)
    if (account === null) this.#ascii('null,')
    else this.#text(account, LIMITS.account, sanitise)
    this.#ascii('"')
    this.#ascii(source)
    this.#ascii('"')
    this.#tail(entry)
    this.#ascii(']\n')
    this.#records++
  }

  /** Forgets all lines, and keeps the memory. */
  clear(): void {
    this.#end = 0
    this.#records = 0
  }

  toString(): string {
    return this.#bytes.toString('utf8', 0, this.#end)
  }

  /**
   * What not all records have stands at the end, so that the others need not say that they have it
   * not: the refusal, `true` for who opted out, 1 or 0 for a referer.
   */
  #tail({ refusal, optedOut, hasReferer }: LogEntry): void {
    if (refusal) {
      this.#ascii(',')
      this.#encode(JSON.stringify(refusal))
    }
    if (!optedOut && hasReferer === undefined) return
    this.#ascii(refusal ? ',' : ',null,')
    this.#ascii(optedOut ? 'true' : 'false')
    if (hasReferer !== undefined) this.#ascii(hasReferer ? ',1' : ',0')
  }

  #time(timestamp: number): void {
    if (timestamp !== this.#timestamp) {
      this.#timestamp = timestamp
      this.#timestampText = `${timestamp},`
    }
    this.#ascii(this.#timestampText)
  }

  /** `text` and a comma; `toSafe` is asked about those that do not stand for themselves. */
  #text(text: string, maxBytes: number, toSafe: (text: string, maxBytes: number) => string): void {
    if (text.length > maxBytes || !this.#quote(text)) {
      this.#encode(JSON.stringify(toSafe(text, maxBytes)))
      this.#bytes[this.#end++] = COMMA
    }
  }

  /**
   * A text that stands for itself, between quotes as on a screen, and a comma; nearly all are of
   * this kind. Of another nothing is written, and it returns false.
   */
  #quote(text: string): boolean {
    this.#reserve(text.length + FRAME_BYTES)
    const bytes = this.#bytes
    let end = this.#end
    bytes[end++] = QUOTE
    for (let i = 0; i < text.length; i++) {
      const code = text.charCodeAt(i)
      if (code < 0x20 || code > 0x7e || code === QUOTE || code === BACKSLASH) return false
      bytes[end++] = code
    }
    bytes[end++] = QUOTE
    bytes[end++] = COMMA
    this.#end = end
    return true
  }

  /** A number or null, and a comma. */
  #number(value: number | null): void {
    if (value === null || value >>> 0 !== value) return void this.#ascii(`${value},`)
    let tens = 10
    let digits = 1
    for (; tens <= value; tens *= 10) digits++
    const bytes = this.#bytes
    const end = this.#end + digits
    for (let at = end - 1, rest = value; at >= this.#end; at--) {
      const tenth = Math.floor(rest / 10)
      bytes[at] = ZERO + rest - 10 * tenth
      rest = tenth
    }
    bytes[end] = COMMA
    this.#end = end + 1
  }

  #ascii(text: string): void {
    const bytes = this.#bytes
    let end = this.#end
    for (let i = 0; i < text.length; i++) bytes[end++] = text.charCodeAt(i)
    this.#end = end
  }

  #encode(text: string): void {
    // A UTF-16 unit takes at most three bytes.
    this.#reserve(text.length * 3 + FRAME_BYTES)
    this.#end += this.#bytes.write(text, this.#end)
  }

  #reserve(bytes: number): void {
    const needed = this.#end + bytes
    if (needed <= this.#bytes.length) return
    const larger = Buffer.allocUnsafe(Math.max(needed, this.#bytes.length * 2))
    this.#bytes.copy(larger, 0, 0, this.#end)
    this.#bytes = larger
  }
}
