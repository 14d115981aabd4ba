import type { RedisConnection } from '../platform/redis'
import type { Algorithm, Counter, Hit } from './hits'

type Answer = Hit | undefined

/**
 * Hits counted in Redis, for all instances together.
 *
 * Those of one client that come while an answer about it is on its way are asked about together in
 * the next question: a flood costs a round trip at a time, and not one per request.
 */
export class SharedHits {
  readonly #redis: Pick<RedisConnection, 'run'>
  /** Who waits for the next question about the same counters. */
  readonly #lines = new Map<string, ((answer: Answer) => void)[]>()

  constructor(redis: Pick<RedisConnection, 'run'>) {
    this.#redis = redis
  }

  /** What Redis says of one hit; undefined when it does not answer. Never throws. */
  async hit(algorithm: Algorithm, counters: readonly Counter[], windowMs: number): Promise<Answer> {
    const keys = counters.map(({ table, id }) => `limit:${algorithm.name}:${table}:${id}`)
    const about = keys.join()
    const line = this.#lines.get(about)
    if (line) return new Promise((resolve) => line.push(resolve))

    this.#lines.set(about, [])
    const ask = (hits: number) => this.#ask(algorithm, keys, counters, windowMs, hits)
    const first = await ask(1)
    void this.#serve(about, ask)
    return first
  }

  /** Asks for those in line, until nobody is; each gets their own answer, in the order they came. */
  async #serve(about: string, ask: (hits: number) => Promise<Answer>): Promise<void> {
    for (;;) {
      const waiting = this.#lines.get(about)!
      if (waiting.length === 0) break
      this.#lines.set(about, [])
      const answer = await ask(waiting.length)
      for (const [i, resolve] of waiting.entries()) {
        resolve(answer && { ...answer, remaining: Math.max(0, answer.remaining - i) })
      }
    }
    this.#lines.delete(about)
  }

  async #ask(
    { script }: Algorithm,
    keys: string[],
    counters: readonly Counter[],
    windowMs: number,
    hits: number,
  ): Promise<Answer> {
    const quotas = counters.map(({ quota }) => quota)
    try {
      // The script goes along each time: one round trip, also right after a restart of Redis.
      const reply = await this.#redis.run((redis) =>
        redis.eval(script, keys.length, ...keys, windowMs, hits, ...quotas),
      )
      const [remaining, resetMs] = reply as [number, number]
      return { remaining, resetMs }
    } catch {
      return undefined // Counted and told by the connection.
    }
  }
}
