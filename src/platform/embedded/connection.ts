import type { Socket } from 'node:net'
import * as wire from './wire'

/** Most bytes of one batch: an insert's arrays, or the whole of a COPY. */
const MAX_BATCH_BYTES = 128 * 2 ** 20
const MAX_STARTUP_BYTES = 10_000
const PROTOCOL = 3

/** COPY FROM STDIN as the (only) statement of a query, comments before it allowed. */
const COPY_IN = /^(?:\s|--.*\n|\/\*[\s\S]*?\*\/)*copy\b[\s\S]*\bfrom\s+stdin\b/i
const FROM_STDIN = /\bfrom\s+stdin\b/i
const LISTEN = /(?:^|;)\s*(un)?listen\s+(\*|"(?:[^"]|"")+"|[^\s;]+)/gi

/**
 * Ends a COPY that nobody feeds; elsewhere Postgres ignores it. An engine that waits for COPY data
 * finds its input at an end, and that ends the engine.
 */
const NO_MORE_DATA = wire.message(
  wire.COPY_FAIL,
  'through this gateway COPY FROM STDIN must be a query of its own\0',
)

/** A client that has left the protocol, or our limits; it is told `code` and the message. */
export class Refusal extends Error {
  readonly code: string

  constructor(code: string, message: string) {
    super(message)
    this.code = code
  }
}

/**
 * One client: turns its bytes into batches for the engine.
 *
 * A batch is all that must run without another client's messages in between: a simple query, an
 * extended one up to its Sync or Flush, or a COPY with all its data. At most one batch and one
 * chunk of what follows are held.
 */
export class Connection {
  readonly socket: Socket
  /** The channels it listens to. */
  readonly channels = new Set<string>()
  /** Whether it has given up channels since the gateway last looked. */
  unlistened = false
  /** Its prepared statements, by the name the engine knows. */
  readonly statements = new Set<string>()
  /** Whether a batch of it is waiting for the engine. */
  waiting = false
  /** Runs while it holds a transaction open and says nothing. */
  idle?: NodeJS.Timeout

  readonly #prefix: Buffer
  readonly #greeting: Buffer
  readonly #incoming = new wire.Incoming()
  #greeted = false
  #batch: Buffer[] = []
  #batchLength = 0
  #copying = false

  constructor(socket: Socket, id: number, greeting: Buffer) {
    this.socket = socket
    this.#prefix = Buffer.from(`${id}:`)
    this.#greeting = greeting
  }

  receive(chunk: Buffer): void {
    this.#incoming.push(chunk)
  }

  /**
   * The next batch, once all of it has arrived. Answers by itself what needs no engine; throws
   * Refusal when the client is to be sent away.
   */
  nextBatch(): Buffer | undefined {
    while (this.#greeted || this.#greet()) {
      const head = this.#incoming.peek(5)
      if (!head) return undefined
      const length = 1 + head.readInt32BE(1)
      if (length < 5) throw new Refusal('08P01', 'invalid message length')
      if (this.#batchLength + length > MAX_BATCH_BYTES) {
        throw new Refusal('54000', `a batch may have ${MAX_BATCH_BYTES} bytes, this one has more`)
      }
      const message = this.#incoming.take(length)
      if (!message) return undefined
      if (message[0] === wire.TERMINATE) {
        this.socket.end()
        return undefined
      }
      if (this.#copying ? this.#addCopyData(message) : this.#add(message)) return this.#complete()
    }
    return undefined
  }

  /** Answers the first message, and says whether that is done. There is no password: the socket is private. */
  #greet(): boolean {
    for (;;) {
      const head = this.#incoming.peek(8)
      if (!head) return false
      const length = head.readInt32BE(0)
      if (length < 8 || length > MAX_STARTUP_BYTES) throw new Refusal('08P01', 'invalid startup')
      if (!this.#incoming.take(length)) return false

      const code = head.readInt32BE(4)
      if (code === wire.CANCEL_REQUEST) throw new Refusal('0A000', 'queries cannot be cancelled')
      if (code >>> 16 === PROTOCOL) break
      if (code !== wire.SSL_REQUEST && code !== wire.GSS_REQUEST) {
        throw new Refusal('0A000', 'only version 3 of the protocol is spoken here')
      }
      this.socket.write('N')
    }
    this.socket.write(this.#greeting)
    this.#greeted = true
    return true
  }

  /** Adds a message to the batch, and says whether that completes it. */
  #add(message: Buffer): boolean {
    switch (message[0]) {
      case wire.QUERY:
        return this.#addQuery(message)
      case wire.PARSE:
        this.#addParse(message)
        return false
      case wire.BIND:
        this.#push(this.#ownName(message, message.indexOf(0, 5) + 1))
        return false
      case wire.DESCRIBE:
      case wire.CLOSE:
        this.#addNamed(message)
        return false
      case wire.COPY_DATA:
      case wire.COPY_DONE:
      case wire.COPY_FAIL:
        // The rest of a COPY that has failed; Postgres ignores it, too.
        return false
      default:
        this.#push(message)
        return [wire.SYNC, wire.FLUSH, wire.FUNCTION_CALL].includes(message[0]!)
    }
  }

  #addQuery(message: Buffer): boolean {
    const sql = wire.textAt(message, 5)
    this.#noteChannels(sql)
    this.#push(message)
    if (!FROM_STDIN.test(sql)) return true
    if (COPY_IN.test(sql)) {
      // The client sends its data after this answer only; the engine gets query and data at once.
      const format = /\bbinary\b/i.test(sql) ? 1 : 0
      this.socket.write(wire.message(wire.COPY_IN_RESPONSE, Buffer.from([format, 0, 0])))
      this.#copying = true
      return false
    }
    this.#push(NO_MORE_DATA)
    return true
  }

  #addCopyData(message: Buffer): boolean {
    // Sync and Flush are ignored in the middle of a COPY, as the protocol demands.
    if (message[0] === wire.SYNC || message[0] === wire.FLUSH) return false
    this.#push(message)
    if (message[0] === wire.COPY_DATA) return false
    this.#push(NO_MORE_DATA)
    this.#copying = false
    return true
  }

  #addParse(message: Buffer): void {
    const sql = wire.textAt(message, message.indexOf(0, 5) + 1)
    if (FROM_STDIN.test(sql)) {
      throw new Refusal('0A000', 'COPY FROM STDIN works as a simple query only')
    }
    this.#noteChannels(sql)
    const own = this.#ownName(message, 5)
    if (own !== message) this.statements.add(wire.textAt(own, 5))
    this.#push(own)
  }

  #addNamed(message: Buffer): void {
    const own = message[5] === wire.STATEMENT ? this.#ownName(message, 6) : message
    if (own[0] === wire.CLOSE && own !== message) this.statements.delete(wire.textAt(own, 6))
    this.#push(own)
  }

  /** The message with the statement's name at `at` made this client's own; the nameless one stays. */
  #ownName(message: Buffer, at: number): Buffer {
    if (message[at] === 0) return message
    return wire.message(message[0]!, message.subarray(5, at), this.#prefix, message.subarray(at))
  }

  #noteChannels(sql: string): void {
    for (const [, un, name] of sql.matchAll(LISTEN)) {
      if (un) this.unlistened = true
      if (name === '*') this.channels.clear()
      else if (un) this.channels.delete(channelName(name!))
      else this.channels.add(channelName(name!))
    }
  }

  #push(message: Buffer): void {
    this.#batch.push(message)
    this.#batchLength += message.length
  }

  #complete(): Buffer {
    const batch = this.#batch.length === 1 ? this.#batch[0]! : Buffer.concat(this.#batch)
    this.#batch = []
    this.#batchLength = 0
    return batch
  }
}

/** An identifier as Postgres reads it. */
function channelName(text: string): string {
  return text.startsWith('"') ? text.slice(1, -1).replaceAll('""', '"') : text.toLowerCase()
}
