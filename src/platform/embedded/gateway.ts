import fs from 'node:fs'
import net from 'node:net'
import { setTimeout as sleep } from 'node:timers/promises'
import { Connection, Refusal } from './connection'
import type { Engine } from './engine'
import * as wire from './wire'

const DEFAULTS = {
  maxConnections: 100,
  /** Longest silence inside a transaction; everybody else waits meanwhile. */
  idleInTransactionMs: 10_000,
  /** Most bytes of notices that a listening client may leave unread. */
  maxUnreadBytes: 16 * 2 ** 20,
}

const OUTSIDE_TRANSACTION = 'I'.charCodeAt(0)

/** Undoes what a client has left open: an error first, because a Sync alone would commit it. */
const ABANDON = Buffer.concat([
  wire.message(wire.PARSE, '\0', 'abandoned\0', Buffer.from([0, 0])),
  wire.message(wire.SYNC),
  wire.query('rollback'),
])

/** What waits for the engine: a client's batch, or one of our own. */
interface Work {
  batch: Buffer
  connection?: Connection
  done?(answer: Buffer): void
}

/**
 * Serves one engine to many clients through a Unix socket.
 *
 * The engine has one session, so whoever opens a transaction owns the engine until it ends, and
 * the others wait in line. What belongs to a session is told apart where clients rely on it
 * (named prepared statements, LISTEN); the rest is shared: use SET LOCAL, temporary tables with
 * ON COMMIT DROP and rows instead of session advisory locks, never DISCARD ALL, and do not count
 * on a nameless prepared statement beyond its batch.
 */
export class Gateway {
  readonly #engine: Pick<Engine, 'run' | 'greeting'>
  readonly #options: typeof DEFAULTS
  readonly #server = net.createServer((socket) => this.#accept(socket))
  readonly #connections = new Set<Connection>()
  #queue: Work[] = []
  #owner?: Connection
  #turn?: NodeJS.Immediate
  #nextId = 1
  #batches = 0

  constructor(engine: Pick<Engine, 'run' | 'greeting'>, options: Partial<typeof DEFAULTS> = {}) {
    this.#engine = engine
    this.#options = { ...DEFAULTS, ...options }
  }

  /** How many batches clients have run; as long as it stays the same, nothing has changed. */
  get batches(): number {
    return this.#batches
  }

  async listen(path: string): Promise<void> {
    await new Promise<void>((resolve, reject) => {
      this.#server.once('error', reject).listen(path, resolve)
    })
    fs.chmodSync(path, 0o600)
  }

  /**
   * Runs SQL between the clients' work. Resolves to the first column of its rows; rejects with
   * what Postgres says against it.
   */
  run(sql: string): Promise<string[]> {
    return new Promise((resolve, reject) => {
      const done = (answer: Buffer) => {
        const error = wire.errorIn(answer)
        if (error === undefined) resolve(wire.firstColumn(answer))
        else reject(new Error(error))
      }
      this.#enqueue({ batch: wire.query(sql), done })
    })
  }

  /**
   * Ends once no client is left. For `drainMs` it goes on serving, new clients too; whoever is
   * there after that is sent away.
   */
  async close(drainMs: number): Promise<void> {
    const until = Date.now() + drainMs
    while (this.#connections.size > 0 && Date.now() < until) await sleep(20)
    this.#server.close()
    for (const connection of this.#connections) {
      this.#dismiss(connection, '57P01', 'the embedded database is shutting down')
    }
  }

  #accept(socket: net.Socket): void {
    const connection = new Connection(socket, this.#nextId++, this.#engine.greeting)
    this.#connections.add(connection)
    socket.on('data', (chunk) => {
      if (!this.#connections.has(connection)) return
      connection.receive(chunk)
      connection.idle?.refresh()
      this.#advance(connection)
    })
    socket.on('drain', () => this.#advance(connection))
    socket.on('error', () => {}) // 'close' follows, and is what matters
    socket.on('close', () => this.#forget(connection))
    if (this.#connections.size > this.#options.maxConnections) {
      this.#dismiss(connection, '53300', 'too many connections')
    }
  }

  /** Puts the client's next batch in line: one at a time, and none while it leaves answers unread. */
  #advance(connection: Connection): void {
    const { socket } = connection
    if (connection.waiting || !this.#connections.has(connection)) return
    try {
      const batch = socket.writableNeedDrain ? undefined : connection.nextBatch()
      if (batch) {
        connection.waiting = true
        this.#enqueue({ batch, connection })
      }
      if (batch || socket.writableNeedDrain) socket.pause()
      else socket.resume()
    } catch (error) {
      if (!(error instanceof Refusal)) throw error
      this.#dismiss(connection, error.code, error.message)
    }
  }

  #enqueue(work: Work): void {
    this.#queue.push(work)
    this.#wake()
  }

  /** One batch in each turn of the event loop, so that sockets and timers are served in between. */
  #wake(): void {
    this.#turn ??= setImmediate(() => {
      this.#turn = undefined
      const at = this.#owner ? this.#queue.findIndex((w) => w.connection === this.#owner) : 0
      const work = this.#queue[at]
      if (!work) return
      this.#queue.splice(at, 1)
      if (work.connection) this.#serve(work.connection, work.batch)
      else {
        const answer = this.#engine.run(work.batch)
        work.done?.(answer ?? Buffer.alloc(0))
      }
      if (this.#queue.length > 0) this.#wake()
    })
  }

  #serve(connection: Connection, batch: Buffer): void {
    clearTimeout(connection.idle)
    connection.idle = undefined
    this.#batches++
    this.#owner = connection
    const answer = this.#engine.run(batch)
    if (!answer) {
      this.#dismiss(connection, '54000', 'the answer is too large: use a limit, or a cursor')
      return
    }
    if (this.#deliver(answer, connection) === OUTSIDE_TRANSACTION) {
      this.#owner = undefined
      this.#listenAgain(connection)
    } else {
      connection.idle = setTimeout(() => {
        this.#dismiss(connection, '25P03', 'idle in a transaction for too long')
      }, this.#options.idleInTransactionMs)
    }
    connection.waiting = false
    this.#advance(connection)
  }

  /** Sends an answer to its client and notices to those who listen; returns the transaction status. */
  #deliver(answer: Buffer, { socket }: Connection): number | undefined {
    let status: number | undefined
    let sent = 0
    let at = 0
    socket.cork()
    for (const reply of wire.split(answer)) {
      if (reply[0] === wire.READY_FOR_QUERY) status = reply[5]
      // The client has had its COPY IN response before it sent the data.
      if (reply[0] === wire.NOTIFICATION || reply[0] === wire.COPY_IN_RESPONSE) {
        socket.write(answer.subarray(sent, at))
        sent = at + reply.length
        if (reply[0] === wire.NOTIFICATION) this.#notify(reply)
      }
      at += reply.length
    }
    socket.write(answer.subarray(sent))
    socket.uncork()
    return status
  }

  #notify(notification: Buffer): void {
    const channel = wire.textAt(notification, 9)
    for (const { channels, socket } of this.#connections) {
      if (!channels.has(channel)) continue
      if (socket.writableLength > this.#options.maxUnreadBytes) socket.destroy()
      else socket.write(notification)
    }
  }

  /** One client's UNLISTEN has ended the session's; the others' channels are listened to anew. */
  #listenAgain(connection: Connection): void {
    if (!connection.unlistened) return
    connection.unlistened = false
    const wanted = new Set([...this.#connections].flatMap(({ channels }) => [...channels]))
    if (wanted.size > 0) this.#engine.run(wire.query(channelCommands('listen', wanted)))
  }

  #dismiss(connection: Connection, code: string, reason: string): void {
    const { socket } = connection
    socket.write(wire.errorResponse('FATAL', code, reason))
    socket.destroySoon()
    setTimeout(() => socket.destroy(), 1_000).unref() // one that does not read
    this.#forget(connection)
  }

  /** Removes what a client that has left leaves behind: its work, transaction, statements, channels. */
  #forget(connection: Connection): void {
    if (!this.#connections.delete(connection)) return
    clearTimeout(connection.idle)
    this.#queue = this.#queue.filter((work) => work.connection !== connection)
    if (this.#owner === connection) {
      this.#engine.run(ABANDON)
      this.#owner = undefined
    }

    const others = new Set([...this.#connections].flatMap(({ channels }) => [...channels]))
    const channels = [...connection.channels].filter((channel) => !others.has(channel))
    if (channels.length > 0)
      this.#enqueue({ batch: wire.query(channelCommands('unlisten', channels)) })
    if (connection.statements.size > 0) this.#enqueue({ batch: closeStatements(connection) })
    this.#wake()
  }
}

function channelCommands(command: 'listen' | 'unlisten', channels: Iterable<string>): string {
  return Array.from(channels, (name) => `${command} "${name.replaceAll('"', '""')}"`).join(';')
}

function closeStatements({ statements }: Connection): Buffer {
  const closes = Array.from(statements, (name) =>
    wire.message(wire.CLOSE, Buffer.from([wire.STATEMENT]), name, '\0'),
  )
  return Buffer.concat([...closes, wire.message(wire.SYNC)])
}
