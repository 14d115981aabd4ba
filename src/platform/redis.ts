import { setTimeout as sleep } from 'node:timers/promises'
import { Redis, type RedisOptions, ReplyError } from 'ioredis'
import { Breaker } from './breaker'
import type { Logger } from './logger'
import { within } from './patience'

/** In front of every key and channel, so that Redis can be shared with other programs. */
export const REDIS_PREFIX = 'portcullis:'

/** Longest wait for an answer. */
const PATIENCE_MS = 100
/** When the client gives a command up, whoever waits for it: the answer will not come any more. */
const COMMAND_TIMEOUT_MS = 1_000
const COOL_MS = 1_000
const COMPLAIN_EVERY_MS = 30_000

// ioredis waits for a dead server by default: 73 s per command when the port is closed, without
// end when the server is frozen. These make every command fail quickly instead.
const OPTIONS: RedisOptions = {
  keyPrefix: REDIS_PREFIX,
  lazyConnect: true,
  enableOfflineQueue: false,
  maxRetriesPerRequest: 1,
  commandTimeout: COMMAND_TIMEOUT_MS,
  connectTimeout: 2_000,
  // A server that has gone silent is dialled again; it may have moved.
  socketTimeout: 2_000,
  keepAlive: 10_000,
  // A command whose reply was lost may have run: sent twice, it would count twice.
  autoResendUnfulfilledCommands: false,
  autoResubscribe: false,
  retryStrategy: (attempt) => Math.min(attempt * 100, 2_000),
  // A primary that became a replica behind the same name: only a new connection finds the new one.
  reconnectOnError: (error) => error.message.startsWith('READONLY'),
}

/**
 * Connects to Redis in the background and returns at once: whether Redis is there or not
 * neither delays nor prevents a start.
 *
 * `url` is `redis://` or `rediss://`; it holds the password and is never logged.
 */
export function openRedis(url: string, log: Logger): RedisConnection {
  return new RedisConnection(url, log)
}

/**
 * Redis that may fail but never makes anybody wait: a call takes at most a tenth of a second,
 * and while Redis is down the next one is refused at once (`Breaker`). Callers bring their own
 * fallback and need not log: the connection says when Redis goes and when it comes back.
 */
export class RedisConnection {
  readonly #client: Redis
  readonly #log: Logger
  readonly #breaker: Breaker
  readonly #openedAt = performance.now()
  #failures = 0
  #complainedAt = Number.NEGATIVE_INFINITY
  #saidConnected = false

  constructor(url: string, log: Logger) {
    this.#log = log
    this.#breaker = new Breaker({
      coolMs: COOL_MS,
      // An error that Redis itself sent is an answer: Redis is well, the command is not.
      isFailure: (error) => !(error instanceof ReplyError),
      onOpen: (error) => this.#complain(error),
      // Not a request's call, which would be the one that waits: once in every pause.
      probe: () => within(this.#client.ping(), PATIENCE_MS),
    })
    this.#client = new Redis(url, OPTIONS)
    this.#client.on('error', (error) => this.#complain(error))
    this.#client.on('reconnecting', () => this.#complain(new Error('connection lost')))
    this.#client.on('ready', () => this.#sayConnected())
    this.#client.connect().catch(() => {}) // Already told to the 'error' listener; ioredis dials on.
  }

  /** Whether the next call is expected to be answered. */
  get up(): boolean {
    return this.#client.status === 'ready' && !this.#breaker.open
  }

  /** Whether Redis has answered, which is given so long from when it was dialled first, and no longer. */
  async met(withinMs: number): Promise<boolean> {
    while (!this.up && performance.now() < this.#openedAt + withinMs) await sleep(20)
    return this.up
  }

  /** How many calls have failed or were refused since the start. */
  get failures(): number {
    return this.#failures
  }

  /** What `command` answers; rejects after `PATIENCE_MS`, and at once when Redis is down. */
  async run<Result>(command: (redis: Redis) => Promise<Result>): Promise<Result> {
    try {
      if (this.#client.status !== 'ready') throw new Error('redis is not connected')
      return await this.#breaker.run(() => within(command(this.#client), PATIENCE_MS))
    } catch (error) {
      this.#failures++
      throw error
    }
  }

  /** A second, not yet connected client for subscriptions, which need a connection of their own. */
  subscriber(): Redis {
    const client = this.#client.duplicate()
    client.on('error', (error) => this.#complain(error))
    return client
  }

  close(): void {
    this.#client.disconnect()
  }

  #sayConnected(): void {
    if (!this.#saidConnected) this.#log.info('redis: connected')
    this.#saidConnected = true
  }

  #complain(error: unknown): void {
    const now = performance.now()
    if (now - this.#complainedAt < COMPLAIN_EVERY_MS) return
    this.#complainedAt = now
    this.#saidConnected = false
    // The message alone: errors of ioredis carry the command's arguments, AUTH's password among them.
    this.#log.warn({ error: (error as Error).message }, 'redis: no answer, going on without it')
  }
}
