import { setTimeout as sleep } from 'node:timers/promises'
import { Client, type ClientConfig } from 'pg'
import type { Logger } from './logger'
import { within } from './patience'
import { Unavailable } from './unavailable'

const DEFAULTS = {
  /** Between two questions whether the database is still there; 0: it cannot go unnoticed. */
  askEveryMs: 500,
  /** A database that says nothing for so long is away. */
  silenceMs: 1_000,
}

/** From the first packet to a session: several round trips, on a slow network as well. */
const DIAL_MS = 3_000
/** Longest wait of a start for what is prepared, migrations above all. */
const PREPARE_MS = 60_000
/** Waits between attempts double up to this. */
const FIRST_WAIT_MS = 100
const LONGEST_WAIT_MS = 1_000

/** What is done on each new connection before it counts; an error hangs up. */
type Prepare = (client: Client) => Promise<void>

/**
 * One connection to Postgres that is always open, or being dialled: by it this process knows
 * whether the database is there.
 *
 * It is asked for a sign of life twice a second, so that a server that is frozen, or a network
 * that swallows packets, is noticed within 1.5 s; nothing else would tell, for hours. Everybody
 * else asks `up` instead of finding out for himself.
 */
export class Lifeline {
  readonly #connection: ClientConfig
  readonly #log: Pick<Logger, 'info' | 'warn'>
  readonly #options: typeof DEFAULTS
  readonly #preparations: Prepare[] = []
  readonly #onUp: (() => void)[] = []
  readonly #onDown: (() => void)[] = []
  /** Those who wait for work that needs the database. */
  readonly #waiting = new Set<(error: Error) => void>()
  readonly #stopping = new AbortController()
  #up = false
  #failure: unknown
  #client?: Client
  #answered?: () => void
  #life?: Promise<void>

  constructor(
    connection: ClientConfig,
    log: Pick<Logger, 'info' | 'warn'>,
    options: Partial<typeof DEFAULTS> = {},
  ) {
    this.#connection = connection
    this.#log = log
    this.#options = { ...DEFAULTS, ...options }
  }

  /** Has `prepare` run on each new connection, before it counts as up and in the order given. */
  prepareWith(prepare: Prepare): void {
    this.#preparations.push(prepare)
  }

  /** Calls `listener` each time the database is back, the first time too. */
  onUp(listener: () => void): void {
    this.#onUp.push(listener)
  }

  /** Calls `listener` each time the database has gone. */
  onDown(listener: () => void): void {
    this.#onDown.push(listener)
  }

  /** Whether the database answers, as far as is known. */
  get up(): boolean {
    return this.#up
  }

  /** Why the last attempt to connect failed; undefined while it is up, and before the first. */
  get failure(): unknown {
    return this.#failure
  }

  /**
   * Begins to dial, and goes on until `stop`. Resolves when the first attempt has succeeded or
   * failed, and when nobody has answered within `limitMs`; who has answered is given time for what
   * has to be prepared. Never rejects.
   */
  async start(limitMs: number): Promise<void> {
    const answered = new Promise<void>((resolve) => {
      this.#answered = resolve
    })
    const attempted = new Promise<void>((resolve) => {
      this.#life ??= this.#live(resolve)
    })
    try {
      await within(Promise.race([answered, attempted]), limitMs)
      await within(attempted, PREPARE_MS)
    } catch {
      // It is dialled on.
    }
  }

  async stop(): Promise<void> {
    this.#stopping.abort()
    hangUp(this.#client)
    await this.#life
  }

  /**
   * What `work` answers; throws `Unavailable` at once while the database is away, and as soon as
   * it goes away. What was begun may still be done.
   */
  async whileUp<Result>(work: () => Promise<Result>): Promise<Result> {
    if (!this.#up) throw new Unavailable({ cause: this.#failure })
    let giveUp = (_error: Error) => {}
    const gone = new Promise<never>((_, reject) => {
      giveUp = reject
    })
    this.#waiting.add(giveUp)
    try {
      return await Promise.race([work(), gone])
    } finally {
      this.#waiting.delete(giveUp)
    }
  }

  async #live(attempted: () => void): Promise<void> {
    const { signal } = this.#stopping
    for (let attempt = 0; !signal.aborted; attempt++) {
      const client = this.#dial()
      try {
        await this.#connect(client)
        attempt = 0
        this.#rise()
        attempted()
        await this.#watch(client)
      } catch (error) {
        this.#fail(error)
      }
      hangUp(client)
      this.#fall()
      attempted()
      const waitMs = Math.min(FIRST_WAIT_MS * 2 ** attempt, LONGEST_WAIT_MS)
      await sleep(waitMs, undefined, { signal }).catch(() => {}) // Stopped.
    }
  }

  #dial(): Client {
    const client = new Client({
      ...this.#connection,
      connectionTimeoutMillis: DIAL_MS,
      query_timeout: 0,
      keepAlive: true,
    })
    client.on('error', () => {}) // 'end' follows, and is what matters.
    this.#client = client
    return client
  }

  async #connect(client: Client): Promise<void> {
    await client.connect()
    this.#answered?.()
    for (const prepare of this.#preparations) await prepare(client)
    this.#stopping.signal.throwIfAborted()
  }

  /** Rejects when the connection has ended, or the other side has fallen silent. */
  async #watch(client: Client): Promise<never> {
    const { askEveryMs, silenceMs } = this.#options
    const ended = new Promise<never>((_, reject) => {
      client.once('end', () => reject(new Error('the connection was lost')))
    })
    if (askEveryMs === 0) return ended
    for (;;) {
      await Promise.race([ended, sleep(askEveryMs, undefined, { ref: false })])
      await within(client.query('select 1'), silenceMs)
    }
  }

  #rise(): void {
    if (this.#failure) this.#log.info('database: answers')
    this.#up = true
    for (const listener of this.#onUp) listener()
    this.#failure = undefined
  }

  /** Told once, however many attempts fail after it. */
  #fail(error: unknown): void {
    const isNews = this.#failure === undefined && !this.#stopping.signal.aborted
    if (isNews) this.#log.warn({ error }, 'database: does not answer, going on without it')
    this.#failure = error
  }

  #fall(): void {
    if (!this.#up) return
    this.#up = false
    for (const giveUp of this.#waiting) giveUp(new Unavailable({ cause: this.#failure }))
    for (const listener of this.#onDown) listener()
  }
}

/**
 * Breaks a connection off without a goodbye, for which pg's `end` would wait: the other side may
 * be frozen.
 */
export function hangUp(client: Client | undefined): void {
  client?.connection.stream.destroy()
}
