import { LRUCache } from 'lru-cache'

/** The state of a limit as one hit found it. */
export interface Hit {
  /** How many were left, this one included; 0: refused, and not counted. */
  remaining: number
  /** Time until the oldest counted hit leaves the window and one more is allowed. */
  resetMs: number
}

/**
 * Sliding-window log in memory: of any `windowMs` that passes, at most `quota` hits were allowed.
 *
 * Bounded: of more than `maxKeys` keys the one not seen for longest starts afresh.
 */
export class SlidingLog {
  /** Times of the hits of each key, the oldest first; never more than its quota. */
  readonly #hits: LRUCache<string, number[]>

  constructor(maxKeys: number) {
    this.#hits = new LRUCache({ max: maxKeys })
  }

  hit(key: string, quota: number, windowMs: number, nowMs = performance.now()): Hit {
    const hits = (this.#hits.get(key) ?? []).filter((time) => time > nowMs - windowMs)
    const remaining = Math.max(0, quota - hits.length)
    if (remaining > 0) hits.push(nowMs)
    this.#hits.set(key, hits)
    return { remaining, resetMs: hits[0]! + windowMs - nowMs }
  }
}
