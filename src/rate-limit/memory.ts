import { LRUCache } from 'lru-cache'
import { type Algorithm, type Counter, type Hit, type Hits, strictest } from './hits'

/**
 * Clients remembered in each table. Some 400 bytes each: a million IPv6 addresses fill three tables
 * of the login limit and three of visits, and cost 31 MB each time (bench/limits.ts).
 */
const MAX_CLIENTS = 25_000

/**
 * Counts hits in this process, exactly as the scripts do it in Redis.
 *
 * Bounded: of more than `maxClients` in a table the one not seen for longest starts afresh. Nothing
 * is stored for a hit that is refused, so that who is over the quota of a wide network cannot fill
 * the table of narrow ones.
 */
export class Memory {
  readonly #maxClients: number
  readonly #tables = new Map<string, LRUCache<string, Hits>>()

  constructor(maxClients = MAX_CLIENTS) {
    this.#maxClients = maxClients
  }

  /** Counts a hit, unless one of the counters has no room for it. */
  hit(algorithm: Algorithm, counters: readonly Counter[], windowMs: number, nowMs = clock()): Hit {
    const hit = this.look(counters, windowMs, nowMs)
    if (hit.remaining > 0) this.add(algorithm, counters, windowMs, nowMs)
    return hit
  }

  /** What a hit would find; counts nothing. */
  look(counters: readonly Counter[], windowMs: number, nowMs = clock()): Hit {
    let hit: Hit | undefined
    for (const { table, id, quota } of counters) {
      const hits = this.#tables.get(table)?.get(id)
      const remaining = Math.max(0, quota - (hits?.countAt(nowMs) ?? 0))
      const resetMs = (hits?.oldestLeavesAt ?? nowMs + windowMs) - nowMs
      hit = hit ? strictest(hit, { remaining, resetMs }) : { remaining, resetMs }
    }
    return hit ?? { remaining: Number.POSITIVE_INFINITY, resetMs: 0 }
  }

  /** Counts a hit that was allowed elsewhere. */
  add(algorithm: Algorithm, counters: readonly Counter[], windowMs: number, nowMs: number): void {
    for (const { table, id } of counters) {
      const clients = this.#clientsOf(table)
      let hits = clients.get(id)
      if (!hits) {
        hits = algorithm.newHits(windowMs)
        clients.set(id, hits)
      }
      hits.add(nowMs)
    }
  }

  #clientsOf(table: string): LRUCache<string, Hits> {
    let clients = this.#tables.get(table)
    if (!clients) {
      clients = new LRUCache({ max: this.#maxClients })
      this.#tables.set(table, clients)
    }
    return clients
  }
}

/**
 * Whole milliseconds, as in Redis: sums of fractions can be a window and a trifle, which would be
 * told as a second more. Monotonic: a clock that is set back must not give quotas back.
 */
export function clock(): number {
  return Math.floor(performance.now())
}
