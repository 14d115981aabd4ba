import type { Redis } from 'ioredis'
import type { Knex } from 'knex'
import type { Client, ClientConfig } from 'pg'
import { Lifeline } from './lifeline'
import type { Logger } from './logger'
import { within } from './patience'
import { REDIS_PREFIX, type RedisConnection } from './redis'
import { Topics } from './topics'

const CHANNEL = 'portcullis'

const LISTEN_MS = 2_000
/** How often a subscription to Redis is asked whether it still stands. */
const ASK_EVERY_MS = 1_000

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

/** Notices over LISTEN and NOTIFY; what is missed while the lifeline is down is made up for when it is up. */
export class PostgresBus implements Bus {
  readonly #knex: Knex
  readonly #lifeline: Lifeline
  /** Whether the lifeline is this bus's own, to be started and stopped with it. */
  readonly #isOwn: boolean
  readonly #log: Logger
  readonly #topics: Topics
  #listenedBefore = false

  /**
   * `knex` sends, so that a program that only publishes needs no `start`; `source` listens: a
   * lifeline that exists, or how to dial one.
   */
  constructor(knex: Knex, source: Lifeline | ClientConfig, log: Logger) {
    this.#knex = knex
    this.#isOwn = !(source instanceof Lifeline)
    this.#lifeline = source instanceof Lifeline ? source : new Lifeline(source, log)
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
    this.#lifeline.prepareWith((client) => this.#listen(client))
    this.#lifeline.onUp(() => this.#makeUp())
    if (this.#isOwn) await this.#lifeline.start(LISTEN_MS)
  }

  async stop(): Promise<void> {
    this.#topics.stop()
    if (this.#isOwn) await this.#lifeline.stop()
  }

  async #listen(client: Client): Promise<void> {
    client.on('notification', ({ payload }) => this.#topics.announce(payload ?? ''))
    await within(client.query(`listen ${CHANNEL}`), LISTEN_MS)
  }

  /** Tells everybody, for notices may have been missed: not when this is how it began. */
  #makeUp(): void {
    if (this.#listenedBefore || this.#lifeline.failure) this.#topics.announceAll()
    this.#listenedBefore = true
  }
}

/** Notices over Redis pub/sub; faster than Postgres, and just as forgetful. */
export class RedisBus implements Bus {
  readonly #redis: RedisConnection
  readonly #topics: Topics
  #subscriber?: Redis
  #asking?: NodeJS.Timeout

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
    // Without questions a silent connection is never found out: an answer that does not come ends it.
    this.#asking = setInterval(() => subscriber.ping().catch(() => {}), ASK_EVERY_MS).unref()
  }

  async stop(): Promise<void> {
    this.#topics.stop()
    clearInterval(this.#asking)
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
