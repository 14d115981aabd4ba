import { LRUCache } from 'lru-cache'
import type { RedisConnection } from './redis'

/**
 * Remembers texts for a while. A cache may forget anything at any time and never throws:
 * what cannot be read is a miss, what cannot be written is not remembered.
 */
export interface Cache {
  /** One value per key, in the order asked; `undefined` where nothing is remembered. */
  getMany(keys: string[]): Promise<(string | undefined)[]>
  setMany(entries: [key: string, value: string][], ttlSeconds: number): Promise<void>
  /** False when the values may still be there. */
  deleteMany(keys: string[]): Promise<boolean>
}

/** A cache in this process: at most `maxEntries`, the least recently used goes first. */
export class MemoryCache implements Cache {
  readonly #entries: LRUCache<string, string>

  constructor(maxEntries: number) {
    this.#entries = new LRUCache({ max: maxEntries })
  }

  async getMany(keys: string[]): Promise<(string | undefined)[]> {
    return keys.map((key) => this.#entries.get(key))
  }

  async setMany(entries: [key: string, value: string][], ttlSeconds: number): Promise<void> {
    for (const [key, value] of entries) this.#entries.set(key, value, { ttl: ttlSeconds * 1_000 })
  }

  async deleteMany(keys: string[]): Promise<boolean> {
    for (const key of keys) this.#entries.delete(key)
    return true
  }
}

/** A cache in Redis, shared by every instance; one round trip per call however many keys. */
export class RedisCache implements Cache {
  readonly #redis: RedisConnection

  constructor(redis: RedisConnection) {
    this.#redis = redis
  }

  async getMany(keys: string[]): Promise<(string | undefined)[]> {
    if (keys.length === 0) return []
    try {
      const values = await this.#redis.run((redis) => redis.mget(keys))
      return values.map((value) => value ?? undefined)
    } catch {
      return keys.map(() => undefined) // A miss; the connection has counted and told it.
    }
  }

  async setMany(entries: [key: string, value: string][], ttlSeconds: number): Promise<void> {
    if (entries.length === 0) return
    try {
      await this.#redis.run(async (redis) => {
        const commands = entries.map(([key, value]) => ['setex', key, ttlSeconds, value])
        const replies = await redis.pipeline(commands).exec()
        // A pipeline never rejects: its failures are in the replies.
        const failed = replies?.find(([error]) => error)
        if (failed) throw failed[0]
      })
    } catch {
      // Not remembered; the connection has counted and told it.
    }
  }

  async deleteMany(keys: string[]): Promise<boolean> {
    if (keys.length === 0) return true
    try {
      await this.#redis.run((redis) => redis.del(keys))
      return true
    } catch {
      return false // The connection has counted and told it.
    }
  }
}
