import { LRUCache } from 'lru-cache'
import type { RedisConnection } from '../platform/redis'

/** How attempts are slowed that keep failing. */
export interface Schedule {
  /** Attempts that need not wait for each other. */
  free: number
  /** The wait after the last free one; it doubles with each further attempt … */
  firstWaitMs: number
  /** … up to this. */
  longestWaitMs: number
}

/** From here on an attempt is remembered for a day after the last one, before that for an hour. */
const FEW = 10
const FORGET_FEW_MS = 3_600_000
const FORGET_MANY_MS = 24 * 3_600_000

/**
 * Accounts remembered in this process, some 20 MB. To push one out, others have to be tried as
 * often, each at the price of a password check: half an hour of two cores.
 */
const MAX_REMEMBERED = 100_000

/** `remember` of `Delays`, and whether the attempt may be made, in one step and by Redis' clock. */
const BEGIN = `
  local key, free, first, longest = KEYS[1], tonumber(ARGV[1]), tonumber(ARGV[2]), tonumber(ARGV[3])
  local time = redis.call('TIME')
  local now = time[1] * 1000 + math.floor(time[2] / 1000)

  local known = redis.call('HMGET', key, 'attempts', 'open')
  local attempts, open = tonumber(known[1]) or 0, tonumber(known[2]) or 0
  if now < open then return open - now end

  attempts = attempts + 1
  local wait = 0
  if attempts >= free then wait = math.min(longest, first * 2 ^ (attempts - free)) end
  redis.call('HSET', key, 'attempts', attempts, 'open', now + wait)
  redis.call('PEXPIRE', key, attempts < ${FEW} and ${FORGET_FEW_MS} or ${FORGET_MANY_MS})
  return 0
`

const FORGIVE = `
  local attempts = tonumber(redis.call('HGET', KEYS[1], 'attempts'))
  if attempts then redis.call('HSET', KEYS[1], 'attempts', math.max(0, attempts - 1), 'open', 0) end
`

interface Known {
  attempts: number
  openAtMs: number
}

/**
 * Slows attempts that keep failing: past the free ones, the wait between two of them doubles. In
 * Redis while it answers, so that many instances slow together; in this process otherwise, and for
 * the moment when Redis fails. Never throws and never waits longer than one Redis command may take.
 */
export class Delays {
  readonly #redis?: Pick<RedisConnection, 'run'>
  readonly #known = new LRUCache<string, Known>({ max: MAX_REMEMBERED })

  constructor(redis?: Pick<RedisConnection, 'run'>) {
    this.#redis = redis
  }

  /**
   * Begins an attempt: 0 when it may be made, which counts it; else the milliseconds after which
   * one may be made. Counted before its outcome is known, so that many at once are not one.
   */
  async begin(id: string, schedule: Schedule): Promise<number> {
    const { free, firstWaitMs, longestWaitMs } = schedule
    const waitMs = await this.#ask(BEGIN, id, free, firstWaitMs, longestWaitMs)
    if (waitMs === undefined) return this.#begin(id, schedule)
    if (waitMs === 0) this.#remember(id, schedule)
    return waitMs
  }

  /** Takes back an attempt that did not fail. */
  async forgive(id: string): Promise<void> {
    const known = this.#known.get(id)
    if (known) Object.assign(known, { attempts: Math.max(0, known.attempts - 1), openAtMs: 0 })
    await this.#ask(FORGIVE, id)
  }

  #begin(id: string, schedule: Schedule): number {
    const openAtMs = this.#known.get(id)?.openAtMs ?? 0
    const waitMs = Math.max(0, openAtMs - performance.now())
    if (waitMs === 0) this.#remember(id, schedule)
    return waitMs
  }

  #remember(id: string, { free, firstWaitMs, longestWaitMs }: Schedule): void {
    const attempts = (this.#known.get(id)?.attempts ?? 0) + 1
    const doubled = firstWaitMs * 2 ** (attempts - free)
    const waitMs = attempts < free ? 0 : Math.min(longestWaitMs, doubled)
    const ttl = attempts < FEW ? FORGET_FEW_MS : FORGET_MANY_MS
    this.#known.set(id, { attempts, openAtMs: performance.now() + waitMs }, { ttl })
  }

  async #ask(script: string, id: string, ...args: number[]): Promise<number | undefined> {
    try {
      const key = `delay:${id}`
      const reply = await this.#redis?.run((redis) => redis.eval(script, 1, key, ...args))
      return reply as number | undefined
    } catch {
      return undefined // Counted and told by the connection.
    }
  }
}
