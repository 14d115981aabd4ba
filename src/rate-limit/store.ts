import type { RedisConnection } from '../platform/redis'
import { type Hit, SlidingLog } from './sliding-log'

/** Enough for a minute of a large attack; some 20 MB when full. */
const MAX_KEYS = 50_000

/**
 * The sliding log of `SlidingLog` as one atomic step in Redis: exact however many instances ask
 * at once, and by Redis' clock, because those of the instances differ. Times are milliseconds in
 * a list, the oldest first.
 */
const SLIDING_LOG = `
  local key, quota, window = KEYS[1], tonumber(ARGV[1]), tonumber(ARGV[2])
  local time = redis.call('TIME')
  local now = time[1] * 1000 + math.floor(time[2] / 1000)

  local oldest = tonumber(redis.call('LINDEX', key, 0))
  while oldest and oldest <= now - window do
    redis.call('LPOP', key)
    oldest = tonumber(redis.call('LINDEX', key, 0))
  end

  local remaining = math.max(0, quota - redis.call('LLEN', key))
  if remaining > 0 then
    redis.call('RPUSH', key, now)
    redis.call('PEXPIRE', key, window)
  end
  return { remaining, (oldest or now) + window - now }
`

/**
 * Where limits are counted: in Redis while it answers, so that all instances share one quota; in
 * this process otherwise, so that there is always a quota. Never throws and never waits longer
 * than one Redis command may take.
 */
export class LimiterStore {
  readonly #redis?: Pick<RedisConnection, 'run'>
  readonly #memory = new SlidingLog(MAX_KEYS)

  constructor(redis?: Pick<RedisConnection, 'run'>) {
    this.#redis = redis
  }

  /** Counts one hit of `key`, unless its quota is used up. */
  async hit(key: string, quota: number, windowMs: number): Promise<Hit> {
    const shared = await this.#hitInRedis(key, quota, windowMs)
    if (!shared) return this.#memory.hit(key, quota, windowMs)
    // Remembered here too: when Redis fails a moment later, nobody is handed a fresh quota.
    if (shared.remaining > 0) this.#memory.hit(key, quota, windowMs)
    return shared
  }

  /** The same as koa-ratelimit asks for it: it takes this store for a Redis client. */
  async ratelimiter(
    key: string,
    _nowMs: number,
    windowMs: number,
    quota: number,
  ): Promise<[remaining: number, resetEpochSeconds: number, quota: number]> {
    const { remaining, resetMs } = await this.hit(key, quota, windowMs)
    // Rounded up, so that a client waiting exactly this long is not refused a second time.
    return [remaining, Math.ceil((Date.now() + resetMs) / 1_000), quota]
  }

  async #hitInRedis(key: string, quota: number, windowMs: number): Promise<Hit | undefined> {
    try {
      // The script goes along each time: one round trip, also right after a restart of Redis.
      const reply = await this.#redis?.run((redis) =>
        redis.eval(SLIDING_LOG, 1, key, quota, windowMs),
      )
      if (!reply) return undefined
      const [remaining, resetMs] = reply as [number, number]
      return { remaining, resetMs }
    } catch {
      return undefined // Counted and told by the connection.
    }
  }
}
