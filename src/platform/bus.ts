import type { Redis } from 'ioredis'
import type { Knex } from 'knex'
import { Client, type ClientConfig } from 'pg'
import type { Logger } from './logger'
import { REDIS_PREFIX, type RedisConnection } from './redis'
import { Topics } from './topics'

const CHANNEL = 'portcullis'

/**
 * Tells other instances, and this one, that something has changed.
 *
 * A notice is a hint without contents: whoever hears it looks in the database. It may come
 * late, twice or never, so whoever needs to know also looks on a timer.
 */
export interface Bus {
  /** Never throws: a notice that cannot be sent is lost, and the timers of others make up for it. */
  publish(topic: string): Promise<void>
  /** Calls `listener` soon after a notice, once for a burst, and after notices may have been missed. */
  subscribe(topic: string, listener: () => void): void
  /** Begins to listen; a bus that cannot listen yet keeps trying, and never throws. */
  start(): Promise<void>
  stop(): Promise<void>
}

/** Notices over LISTEN and NOTIFY, on a connection of its own that is dialled again when it breaks. */
export class PostgresBus implements Bus {
  readonly #knex: Knex
  readonly #connection: ClientConfig
  readonly #log: Logger
  readonly #topics: Topics
  #client?: Client
  #redial?: NodeJS.Timeout
  #attempts = 0
  #started = false

  /** `knex` sends, so that a program that only publishes needs no `start`; `connection` listens. */
  constructor(knex: Knex, connection: ClientConfig, log: Logger) {
    this.#knex = knex
    this.#connection = connection
    this.#log = log
    this.#topics = new Topics(log)
  }

  async publish(topic: string): Promise<void> {
    try {
      await this.#knex.raw('select pg_notify(?, ?)', [CHANNEL, topic])
    } catch (error) {
      this.#log.warn({ error, topic }, 'bus: notice not sent')
    }
  }

  subscribe(topic: string, listener: () => void): void {
    this.#topics.subscribe(topic, listener)
  }

  async start(): Promise<void> {
    this.#started = true
    await this.#listen()
  }

  async stop(): Promise<void> {
    this.#started = false
    clearTimeout(this.#redial)
    this.#topics.stop()
    hangUp(this.#client)
  }

  async #listen(): Promise<void> {
    const client = new Client({
      ...this.#connection,
      connectionTimeoutMillis: 2_000,
      query_timeout: 2_000,
      keepAlive: true,
      keepAliveInitialDelayMillis: 10_000,
    })
    this.#client = client
    client.on('notification', ({ payload }) => this.#topics.announce(payload ?? ''))
    client.on('error', () => {}) // 'end' follows and mends it.
    client.once('end', () => this.#listenAgain())
    try {
      await client.connect()
      await client.query(`listen ${CHANNEL}`)
      if (this.#attempts > 0) this.#topics.announceAll()
      this.#attempts = 0
    } catch (error) {
      if (this.#started && this.#attempts === 0) {
        this.#log.warn({ error }, 'bus: not listening, will try again')
      }
      hangUp(client)
    }
  }

  #listenAgain(): void {
    if (!this.#started) return
    this.#attempts++
    const delayMs = Math.min(100 * 2 ** (this.#attempts - 1), 5_000)
    this.#redial = setTimeout(() => void this.#listen(), delayMs)
  }
}

/** Notices over Redis pub/sub; faster than Postgres, and just as forgetful. */
export class RedisBus implements Bus {
  readonly #redis: RedisConnection
  readonly #topics: Topics
  #subscriber?: Redis

  constructor(redis: RedisConnection, log: Logger) {
    this.#redis = redis
    this.#topics = new Topics(log)
  }

  async publish(topic: string): Promise<void> {
    try {
      await this.#redis.run((redis) => redis.publish(REDIS_PREFIX + CHANNEL, topic))
    } catch {
      // Lost; the connection has counted and told it.
    }
  }

  subscribe(topic: string, listener: () => void): void {
    this.#topics.subscribe(topic, listener)
  }

  async start(): Promise<void> {
    const subscriber = this.#redis.subscriber()
    this.#subscriber = subscriber
    subscriber.on('message', (_channel, topic) => this.#topics.announce(topic))
    subscriber.on('ready', async () => {
      try {
        await subscriber.subscribe(REDIS_PREFIX + CHANNEL)
        // The first time too: nobody waits for Redis to start, so notices may have been missed.
        this.#topics.announceAll()
      } catch {
        if (this.#subscriber) subscriber.disconnect(true) // Dials again.
      }
    })
    subscriber.connect().catch(() => {}) // Told by the connection, which dials on.
  }

  async stop(): Promise<void> {
    this.#topics.stop()
    this.#subscriber?.disconnect()
    this.#subscriber = undefined
  }
}

/** One bus out of several: says everything on each and hears from each. */
export function joinBuses(...buses: Bus[]): Bus {
  const all = async (act: (bus: Bus) => Promise<void>) => {
    await Promise.all(buses.map(act))
  }
  return {
    publish: (topic) => all((bus) => bus.publish(topic)),
    subscribe: (topic, listener) => {
      for (const bus of buses) bus.subscribe(topic, listener)
    },
    start: () => all((bus) => bus.start()),
    stop: () => all((bus) => bus.stop()),
  }
}

// Without a goodbye: nothing is in flight on a connection that only listens, and pg's `end` waits
// for the other side, which may be frozen.
function hangUp(client: Client | undefined): void {
  client?.connection.stream.destroy()
}
