import type { RedisConnection } from '../platform/redis'
import type { Counter, Hit } from './hits'
import { clock, Memory } from './memory'
import { SharedHits } from './shared-hits'
import { slidingLog } from './sliding-log'
import { slidingSlices } from './sliding-slices'

/** Quotas up to this one are counted exactly, hit by hit; larger ones in slices of the window. */
const MOST_LOGGED = 100

/**
 * Where limits are counted: in Redis while it answers, so that all instances share one quota; in
 * this process otherwise, so that there is always a quota. Never throws and never waits longer
 * than a Redis command may take; not at all while the breaker of the connection is open.
 */
export class LimiterStore {
  readonly #shared?: SharedHits
  readonly #memory: Memory

  constructor(redis?: Pick<RedisConnection, 'run'>, memory = new Memory()) {
    if (redis) this.#shared = new SharedHits(redis)
    this.#memory = memory
  }

  /**
   * Counts one hit in all `counters`, or in none when one of them has no room for it. The first is
   * the client's own; further ones are wider, with quotas not less than the first.
   */
  async hit(counters: readonly Counter[], windowMs: number): Promise<Hit> {
    const algorithm = counters[0]!.quota <= MOST_LOGGED ? slidingLog : slidingSlices
    if (!this.#shared) return this.#memory.hit(algorithm, counters, windowMs)

    // What this instance has let through alone may fill a quota: then Redis need not be asked, and
    // a flood of refused requests costs no round trips. It also holds right after an outage.
    const nowMs = clock()
    const known = algorithm.exact && this.#memory.look(counters, windowMs, nowMs)
    if (known && known.remaining === 0) return known

    const shared = await this.#shared.hit(algorithm, counters, windowMs)
    if (!shared) return this.#memory.hit(algorithm, counters, windowMs)
    // Remembered here too: when Redis fails a moment later, nobody is handed a fresh quota. With
    // the time before the question, so that it is not remembered here for longer than there.
    if (shared.remaining > 0) this.#memory.add(algorithm, counters, windowMs, nowMs)
    return shared
  }
}
