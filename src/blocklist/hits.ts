import type { Knex } from 'knex'
import { type QueryBuilder, raw } from 'objection'
import type { BlockedIP } from '../../models/blocked-ip'
import type { Network } from '../net/network'
import { coalesce } from '../platform/coalesce'
import type { Logger } from '../platform/logger'

/** How often the counts are added to those in the database. */
const WRITE_EVERY_MS = 60_000

/** Most blocks counted between two writes: more than that have not refused anybody yet in a minute. */
const MOST_BLOCKS = 100_000

/** How often one block has refused since the last write, and when last. */
interface Hits {
  count: number
  lastAt: number
}

/**
 * Counts whom each block refuses, in memory; what was counted is added to table `block_hits` once a
 * minute, and whenever somebody asks to see it. Nothing is waited for. What was counted since then
 * is lost when the process is killed: a hint for people, and no evidence.
 */
export class BlockHits {
  readonly #knex: Knex
  readonly #log: Pick<Logger, 'warn'>
  readonly #write = coalesce(() => this.#writeAll())
  #counted = new Map<Network, Hits>()
  #behind = false
  #timer: NodeJS.Timeout | undefined

  constructor(knex: Knex, log: Pick<Logger, 'warn'>) {
    this.#knex = knex
    this.#log = log
  }

  start(): void {
    this.#timer = setInterval(() => void this.flush(), WRITE_EVERY_MS).unref()
  }

  /** Writes what is left. */
  async stop(): Promise<void> {
    clearInterval(this.#timer)
    await this.flush()
  }

  /** Notes that the block of `network` has refused somebody. */
  note(network: Network, now = Date.now()): void {
    const hits = this.#counted.get(network)
    if (hits) {
      hits.count++
      hits.lastAt = now
    } else if (this.#counted.size < MOST_BLOCKS) {
      this.#counted.set(network, { count: 1, lastAt: now })
    }
  }

  /** Writes what was counted. Never rejects: what could not be written is kept for the next time. */
  async flush(): Promise<void> {
    if (this.#counted.size === 0) return
    try {
      await this.#write()
      this.#behind = false
    } catch (error) {
      if (!this.#behind) this.#log.warn({ error }, 'blocklist: hits are not written, only counted')
      this.#behind = true
    }
  }

  async #writeAll(): Promise<void> {
    const counted = this.#counted
    this.#counted = new Map()
    try {
      const all = [...counted]
      await this.#knex.raw(ADD, [
        all.map(([network]) => network),
        all.map(([, { count }]) => count),
        all.map(([, { lastAt }]) => new Date(lastAt)),
      ])
    } catch (error) {
      this.#takeBack(counted)
      throw error
    }
  }

  #takeBack(counted: Map<Network, Hits>): void {
    for (const [network, { count, lastAt }] of this.#counted) {
      const before = counted.get(network)?.count ?? 0
      counted.set(network, { count: before + count, lastAt })
    }
    this.#counted = counted
  }
}

/** A block that is gone meanwhile takes its hits with it. In the order of ids, so that no two writers wait for each other. */
const ADD = `
  insert into block_hits as known (block_id, hits, last_hit_at)
  select blocked_ips.id, counted.hits, counted.last_hit_at
    from unnest(?::cidr[], ?::bigint[], ?::timestamptz[]) as counted (ip_address, hits, last_hit_at)
    join blocked_ips using (ip_address)
   order by blocked_ips.id
      on conflict (block_id) do update
     set hits = known.hits + excluded.hits,
         last_hit_at = greatest(known.last_hit_at, excluded.last_hit_at)`

/** Adds to each block of a query how often it has refused, and when last. */
export function withHits(blocks: QueryBuilder<BlockedIP>): void {
  blocks
    .leftJoin('block_hits', 'block_id', 'blocked_ips.id')
    .select('blocked_ips.*', raw('coalesce(hits, 0)::float as hits'), 'last_hit_at')
}
