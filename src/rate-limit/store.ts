import type { RedisConnection } from '../platform/redis'
import type { Algorithm, Counter, Hit } from './hits'
import { Memory } from './memory'
import { slidingLog } from './sliding-log'
import { slidingSlices } from './sliding-slices'

/** Quotas up to this one are counted exactly, hit by hit; larger ones in slices of the window. */
const MOST_LOGGED = 100

/**
 * Where limits are counted: in Redis while it answers, so that all instances share one quota; in
 * this process otherwise, so that there is always a quota. Never throws and never waits longer
 * than one Redis command may take; not at all while the breaker of the connection is open.
 */
export class LimiterStore {
  readonly #redis?: Pick<RedisConnection, 'run'>
  readonly #memory: Memory

  constructor(redis?: Pick<RedisConnection, 'run'>, memory = new Memory()) {
    this.#redis = redis
    this.#memory = memory
  }

  /**
   * Counts one hit in all `counters`, or in none when one of them has no room for it. The first is
   * the client's own; further ones are wider, with quotas not less than the first.
   */
  async hit(counters: readonly Counter[], windowMs: number): Promise<Hit> {
    const algorithm = counters[0]!.quota <= MOST_LOGGED ? slidingLog : slidingSlices
    if (!this.#redis) return this.#memory.hit(algorithm, counters, windowMs)

    // What this instance has let through alone may fill a quota: then Redis need not be asked, and
    // a flood of refused requests costs no round trips. It also holds right after an outage.
    const nowMs = performance.now()
    const known = algorithm.exact && this.#memory.look(counters, windowMs, nowMs)
    if (known && known.remaining === 0) return known

    const shared = await this.#hitInRedis(algorithm, counters, windowMs)
    if (!shared) return this.#memory.hit(algorithm, counters, windowMs)
    // Remembered here too: when Redis fails a moment later, nobody is handed a fresh quota. With
    // the time before the question, so that it is not remembered here for longer than there.
    if (shared.remaining > 0) this.#memory.add(algorithm, counters, windowMs, nowMs)
    return shared
  }

  async #hitInRedis(
    { name, script }: Algorithm,
    counters: readonly Counter[],
    windowMs: number,
  ): Promise<Hit | undefined> {
    const keys = counters.map(({ table, id }) => `limit:${name}:${table}:${id}`)
    const quotas = counters.map(({ quota }) => quota)
    try {
      // The script goes along each time: one round trip, also right after a restart of Redis.
      const reply = await this.#redis?.run((redis) =>
        redis.eval(script, keys.length, ...keys, windowMs, ...quotas),
      )
      const [remaining, resetMs] = reply as [number, number]
      return { remaining, resetMs }
    } catch {
      return undefined // Counted and told by the connection.
    }
  }
}
