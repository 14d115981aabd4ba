import { randomBytes, timingSafeEqual } from 'node:crypto'
import type { Knex } from 'knex'
import type { Models } from '../../models'
import type { ApiKey } from '../../models/api-key'
import type { Giver } from '../http/giver'
import type { Bus } from '../platform/bus'
import { coalesce } from '../platform/coalesce'
import type { Logger } from '../platform/logger'
import { Unavailable } from '../platform/unavailable'
import { hashToken, newToken } from './token'

/** What a key may be for. */
export const SCOPES = ['admin', 'check', 'ingest', 'bouncer'] as const
export type Scope = (typeof SCOPES)[number]

const COMMAND_LINE: Giver = { by: 'command line' }

const TOPIC = 'keys'
const RELOAD_MS = 5_000
const NOTE_USE_MS = 60_000

/** Prefix and secret: `pc_1a2b3c4d5e6f_…`. Recognisable, so that scanners find leaked ones. */
const KEY = /^(pc_[0-9a-f]{12})_[\w-]{43}$/

/** A key that may be used now. */
export interface KnownKey {
  id: number
  name: string
  prefix: string
  keyHash: string
  scopes: string[]
  tier: string | null
}

interface Parts {
  models: Pick<Models, 'ApiKey' | 'AuditEntry'>
  bus: Pick<Bus, 'publish' | 'subscribe'>
  log: Logger
}

/**
 * Applications' keys. All that are not revoked are held in memory, so that a request with a key
 * waits for no store; a new or revoked key is noticed at once when the notice arrives, otherwise
 * within `RELOAD_MS`. While the database is away the last known keys stay valid; before it has
 * answered for the first time, nobody can say whose key is valid.
 */
export class Keys {
  readonly #models: Parts['models']
  readonly #bus: Parts['bus']
  readonly #log: Logger
  readonly #used = new Set<number>()
  readonly #timers: NodeJS.Timeout[] = []
  readonly #load = coalesce(() => this.#loadAll())
  /** By prefix; none before the database has answered. */
  #known?: Map<string, KnownKey>
  #behind = false
  #reloading?: Promise<void>

  constructor({ models, bus, log }: Parts) {
    this.#models = models
    this.#bus = bus
    this.#log = log
  }

  /** Loads the keys and keeps them fresh; never throws: while the database is away it is asked on. */
  async start(): Promise<void> {
    this.#bus.subscribe(TOPIC, () => void this.#reload())
    this.#timers.push(setInterval(() => void this.#reload(), RELOAD_MS))
    this.#timers.push(setInterval(() => void this.#noteUse(), NOTE_USE_MS))
    await this.#reload()
  }

  /** How many are valid; undefined before the database has answered. */
  get size(): number | undefined {
    return this.#known?.size
  }

  async stop(): Promise<void> {
    for (const timer of this.#timers) clearInterval(timer)
    await this.#reloading
    await this.#noteUse()
  }

  /**
   * The key behind the text of a request; undefined when it is none of ours or revoked. Throws
   * `Unavailable` when no key is known yet.
   */
  find(text: string): KnownKey | undefined {
    const prefix = KEY.exec(text)?.[1]
    if (prefix !== undefined && !this.#known) throw new Unavailable()
    const key = prefix === undefined ? undefined : this.#known?.get(prefix)
    if (!key || !sameText(hashToken(text), key.keyHash)) return undefined
    this.#used.add(key.id)
    return key
  }

  /**
   * Makes a key and answers it; afterwards nobody can find out what it was. Its `tier` is a name of
   * `RATE_LIMITS`, or null for the default one.
   */
  async create(
    name: string,
    scopes: Scope[],
    tier: string | null = null,
    giver: Giver = COMMAND_LINE,
  ): Promise<string> {
    const prefix = `pc_${randomBytes(6).toString('hex')}`
    const key = `${prefix}_${newToken()}`
    const { ApiKey } = this.#models
    await ApiKey.transaction(async (trx) => {
      const made = await ApiKey.query(trx)
        .insert({ name, prefix, keyHash: hashToken(key), scopes, tier })
        .returning('*')
      await this.#note(trx, 'key.create', made, giver)
    })
    await this.#bus.publish(TOPIC)
    return key
  }

  /** All keys that are valid, by name; nothing of their secrets. */
  list(): PromiseLike<ApiKey[]> {
    return this.#models.ApiKey.query().whereNull('revoked_at').orderBy(['name', 'id'])
  }

  /** Ends a key's validity, on every instance at once; undefined when no such key was valid. */
  async revoke(id: number, giver: Giver): Promise<ApiKey | undefined> {
    const { ApiKey } = this.#models
    const revoked = await ApiKey.transaction(async (trx) => {
      const key = await ApiKey.query(trx)
        .patch({ revokedAt: new Date() })
        .where({ id })
        .whereNull('revoked_at')
        .returning('*')
        .first()
      if (key) await this.#note(trx, 'key.revoke', key, giver)
      return key
    })
    if (revoked) await this.#bus.publish(TOPIC)
    return revoked
  }

  /**
   * Binds a key to another tier, or with null to the default one; every instance counts by it at
   * once. Undefined when no such key is valid.
   */
  async setTier(id: number, tier: string | null, giver: Giver): Promise<ApiKey | undefined> {
    const { ApiKey } = this.#models
    const changed = await ApiKey.transaction(async (trx) => {
      const key = await ApiKey.query(trx).where({ id }).whereNull('revoked_at').forUpdate().first()
      if (!key) return undefined
      const { tier: before } = key
      await key.$query(trx).patch({ tier })
      await this.#note(trx, 'key.set-tier', key, giver, { before })
      return key
    })
    if (changed) await this.#bus.publish(TOPIC)
    return changed
  }

  async #note(
    trx: Knex.Transaction,
    action: string,
    { name, prefix, scopes, tier }: ApiKey,
    { by, from }: Giver,
    more: object = {},
  ): Promise<void> {
    await this.#models.AuditEntry.query(trx).insert({
      actor: by,
      action,
      subject: name,
      details: { prefix, scopes, tier, ...more },
      ipAddress: from ?? null,
    })
  }

  /** A failing load leaves the keys as they are; said once, until one succeeds. */
  #reload(): Promise<void> {
    const failed = (error: unknown) => {
      if (!this.#behind) this.#log.warn({ error }, 'keys: not loaded, the last known stay valid')
      this.#behind = true
    }
    this.#reloading = this.#load().then(() => {
      this.#behind = false
    }, failed)
    return this.#reloading
  }

  async #loadAll(): Promise<void> {
    const keys: KnownKey[] = await this.#models.ApiKey.query()
      .select('id', 'name', 'prefix', 'key_hash', 'scopes', 'tier')
      .whereNull('revoked_at')
    this.#known = new Map(keys.map((key) => [key.prefix, key]))
  }

  /** One statement a minute for all keys, whatever the traffic. */
  async #noteUse(): Promise<void> {
    const ids = [...this.#used]
    if (ids.length === 0) return
    this.#used.clear()
    try {
      await this.#models.ApiKey.query().findByIds(ids).patch({ lastUsedAt: new Date() })
    } catch (error) {
      this.#log.warn({ error }, 'keys: last use not noted')
    }
  }
}

/** Compares in a time that does not tell how much of it was right. */
function sameText(a: string, b: string): boolean {
  return a.length === b.length && timingSafeEqual(Buffer.from(a), Buffer.from(b))
}
