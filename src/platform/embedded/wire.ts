/** Message types of Postgres' frontend/backend protocol 3.0 that the gateway looks at. */
export const BIND = 0x42
export const CLOSE = 0x43
export const DESCRIBE = 0x44
export const FLUSH = 0x48
export const FUNCTION_CALL = 0x46
export const PARSE = 0x50
export const QUERY = 0x51
export const SYNC = 0x53
export const TERMINATE = 0x58
/** In Describe and Close: a prepared statement, not a portal. */
export const STATEMENT = 0x53
export const COPY_DONE = 0x63
export const COPY_DATA = 0x64
export const COPY_FAIL = 0x66
export const COPY_IN_RESPONSE = 0x47
export const ERROR_RESPONSE = 0x45
export const DATA_ROW = 0x44
export const NOTIFICATION = 0x41
export const READY_FOR_QUERY = 0x5a

/** Codes in place of a version in a connection's first message. */
export const SSL_REQUEST = 80877103
export const GSS_REQUEST = 80877104
export const CANCEL_REQUEST = 80877102

/** A whole message: type, length, body (https://www.postgresql.org/docs/current/protocol-message-formats.html). */
export function message(type: number, ...body: (Buffer | string)[]): Buffer {
  const parts = body.map((part) => (typeof part === 'string' ? Buffer.from(part) : part))
  const head = Buffer.alloc(5)
  head[0] = type
  head.writeInt32BE(4 + parts.reduce((length, part) => length + part.length, 0), 1)
  return Buffer.concat([head, ...parts])
}

/** A simple query. */
export function query(sql: string): Buffer {
  return message(QUERY, sql, '\0')
}

/** The error a client sees; after a FATAL one the connection is to be closed. */
export function errorResponse(severity: 'ERROR' | 'FATAL', code: string, text: string): Buffer {
  return message(ERROR_RESPONSE, `S${severity}\0V${severity}\0C${code}\0M${text}\0\0`)
}

/** What the first error in `messages` says; undefined when there is none. */
export function errorIn(messages: Buffer): string | undefined {
  for (const reply of split(messages)) {
    if (reply[0] !== ERROR_RESPONSE) continue
    const fields = reply.toString('utf8', 5).split('\0')
    return fields.find((field) => field.startsWith('M'))?.slice(1)
  }
  return undefined
}

/** The first column of the rows in `messages`, as text; nulls and empty texts are left out. */
export function firstColumn(messages: Buffer): string[] {
  const values: string[] = []
  for (const reply of split(messages)) {
    if (reply[0] !== DATA_ROW) continue
    const length = reply.readInt32BE(7)
    if (length > 0) values.push(reply.toString('utf8', 11, 11 + length))
  }
  return values
}

/** The messages in a buffer that holds only whole ones, as views. */
export function* split(messages: Buffer): Generator<Buffer> {
  for (let at = 0; at + 5 <= messages.length; ) {
    const end = at + 1 + messages.readInt32BE(at + 1)
    yield messages.subarray(at, end)
    at = end
  }
}

/** The text that begins at `at` and ends before the next NUL. */
export function textAt(bytes: Buffer, at: number): string {
  return bytes.toString('utf8', at, bytes.indexOf(0, at))
}

/**
 * Bytes as they arrive, taken out by length.
 *
 * Chunks are joined only when what is asked for is there as a whole, so a message of many
 * megabytes is copied once, not once for each chunk.
 */
export class Incoming {
  #chunks: Buffer[] = []
  #length = 0

  get length(): number {
    return this.#length
  }

  push(chunk: Buffer): void {
    this.#chunks.push(chunk)
    this.#length += chunk.length
  }

  /** The first `length` bytes, which stay; undefined until they are there. */
  peek(length: number): Buffer | undefined {
    if (this.#length < length) return undefined
    if (this.#chunks[0]!.length >= length) return this.#chunks[0]!.subarray(0, length)

    const joined: Buffer[] = []
    for (let missing = length; missing > 0; ) {
      const chunk = this.#chunks.shift()!
      joined.push(chunk)
      missing -= chunk.length
    }
    this.#chunks.unshift(Buffer.concat(joined))
    return this.#chunks[0]!.subarray(0, length)
  }

  /** Removes and returns the first `length` bytes; undefined until they are there. */
  take(length: number): Buffer | undefined {
    const taken = this.peek(length)
    if (!taken) return undefined

    const rest = this.#chunks[0]!.subarray(length)
    if (rest.length > 0) this.#chunks[0] = rest
    else this.#chunks.shift()
    this.#length -= length
    return taken
  }
}
