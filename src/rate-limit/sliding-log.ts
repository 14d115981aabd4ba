import { type Algorithm, type Hits, SCRIPT_START } from './hits'

/**
 * Sliding-window log: the time of every hit is kept, so that of any window that passes exactly the
 * quota was allowed. Costs 8 bytes for each hit of the quota.
 */
export const slidingLog: Algorithm = {
  name: 'log',
  exact: true,
  newHits: (windowMs) => new LoggedHits(windowMs),
  // Times are milliseconds in a list, the oldest first.
  script: `${SCRIPT_START}
    for i, key in ipairs(KEYS) do
      local oldest = tonumber(redis.call('LINDEX', key, 0))
      while oldest and oldest <= now - window do
        redis.call('LPOP', key)
        oldest = tonumber(redis.call('LINDEX', key, 0))
      end
      note(tonumber(ARGV[i + 2]) - redis.call('LLEN', key), (oldest or now) + window - now)
    end

    local allowed = math.min(hits, remaining)
    if allowed > 0 then
      for _, key in ipairs(KEYS) do
        for _ = 1, allowed do redis.call('RPUSH', key, now) end
        redis.call('PEXPIRE', key, window)
      end
    end
    return { remaining, reset }
  `,
}

class LoggedHits implements Hits {
  readonly #windowMs: number
  /** The oldest first. Replaced, not pushed to: an array that grows takes room for 17 at least. */
  #times: number[] = []

  constructor(windowMs: number) {
    this.#windowMs = windowMs
  }

  get oldestLeavesAt(): number | undefined {
    const [oldest] = this.#times
    return oldest === undefined ? undefined : oldest + this.#windowMs
  }

  countAt(nowMs: number): number {
    const since = nowMs - this.#windowMs
    if (this.#times[0]! <= since) this.#times = this.#times.filter((time) => time > since)
    return this.#times.length
  }

  add(nowMs: number): void {
    this.#times = [...this.#times, nowMs]
  }
}
