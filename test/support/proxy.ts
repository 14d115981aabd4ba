import { once } from 'node:events'
import { type AddressInfo, connect, createServer, type NetConnectOpts, type Socket } from 'node:net'
import { Transform } from 'node:stream'
import { setTimeout as sleep } from 'node:timers/promises'
import { Client } from 'pg'
import type { DatabaseConnection } from '../../src/platform/database'

/** A network between a program and its server, to be cut in tests. */
export interface Proxy {
  readonly port: number
  /** Breaks every connection; new ones are accepted again. */
  cut(): void
  /** Passes nothing on any more through connections that exist, and tells nobody. */
  stall(): void
  /** From now on every answer comes so much later. */
  delay(ms: number): void
  stop(): Promise<void>
}

/** Where a database listens, and how to connect to it through a proxy on `port`. */
export function aroundDatabase(connection: DatabaseConnection) {
  const { host, port, user, password, database } = new Client(connection)
  const target = host.startsWith('/') ? { path: `${host}/.s.PGSQL.${port}` } : { host, port }
  return {
    target,
    through(port: number): DatabaseConnection {
      const url = new URL(`postgres://127.0.0.1:${port}/${database}`)
      url.username = user ?? ''
      url.password = password ?? ''
      return { ...connection, connectionString: url.href }
    },
  }
}

/** Listens on the loopback (on a free port unless one is given) and passes everything on to `target`. */
export async function startProxy(target: NetConnectOpts, port = 0): Promise<Proxy> {
  const sockets = new Set<Socket>()
  let delayMs = 0
  const server = createServer((inner) => {
    const outer = connect(target)
    for (const socket of [inner, outer]) {
      sockets.add(socket)
      socket.on('error', () => {}) // 'close' follows.
      socket.on('close', () => {
        sockets.delete(socket)
        inner.destroy()
        outer.destroy()
      })
    }
    inner
      .pipe(outer)
      .pipe(later(() => delayMs))
      .pipe(inner)
  }).listen(port, '127.0.0.1')
  await once(server, 'listening')

  function cut() {
    for (const socket of sockets) socket.destroy()
  }
  function stall() {
    for (const socket of sockets) socket.unpipe().pause()
  }
  return {
    port: (server.address() as AddressInfo).port,
    cut,
    stall,
    delay(ms) {
      delayMs = ms
    },
    async stop() {
      server.close()
      cut()
      await once(server, 'close')
    },
  }
}

/** Passes on what comes in, in order, each piece after the delay that was asked for when it came. */
function later(delayMs: () => number): Transform {
  let queue = Promise.resolve()
  return new Transform({
    transform(chunk, _encoding, done) {
      const due = delayMs() > 0 ? sleep(delayMs(), chunk) : chunk
      queue = queue.then(async () => void this.push(await due))
      done()
    },
    flush(done) {
      void queue.then(() => done())
    },
  })
}
