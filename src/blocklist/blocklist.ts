import { setTimeout as sleep } from 'node:timers/promises'
import type { Knex } from 'knex'
import type { Models } from '../../models'
import type { AllowedNetwork } from '../../models/allowed-network'
import type { BlockedIP } from '../../models/blocked-ip'
import type { Address } from '../net/address'
import type { Network } from '../net/network'
import type { Bus } from '../platform/bus'
import { RedisCache } from '../platform/cache'
import { coalesce } from '../platform/coalesce'
import type { DatabaseConnection } from '../platform/database'
import type { Logger } from '../platform/logger'
import type { RedisConnection } from '../platform/redis'
import type { Objection } from './guards'
import { loadSnapshot, readRevision } from './load'
import { type AllowOrder, type BlockOrder, type Given, Orders } from './orders'
import { SharedSnapshot } from './shared-snapshot'
import { type Block, Snapshot } from './snapshot'

export type { Block } from './snapshot'

const TOPIC = 'blocklist'
/** Notices between instances may be lost; this is how long one may then be behind. */
const LOOK_EVERY_MS = 5_000
/** How often the database is asked again while it does not answer. */
const RETRY_MS = 1_000
/** How long a start waits for the database before the last known list is put in force. */
const START_WITHIN_MS = 2_000

/** Where the list in force comes from, and how old it is. */
export interface BlocklistState {
  /** `nowhere`: no list is known yet, so nobody is refused. */
  from: 'database' | 'disk' | 'redis' | 'nowhere'
  /** When it was last known to be what the database says: milliseconds since 1970. */
  asOf?: number
}

interface Parts {
  knex: Knex
  models: Pick<Models, 'AllowedNetwork' | 'AuditEntry' | 'BlockedIP'>
  bus: Pick<Bus, 'publish' | 'subscribe'>
  log: Logger
  trustedProxies: readonly Network[]
  /** How long the blocks of repeat offenders last, in milliseconds. */
  blockEscalation?: readonly number[] | undefined
  /** Makes the connection on which the whole list is loaded, in a thread of its own. */
  connection: DatabaseConnection
  /** Keeps the last known list, for a start without the database. */
  dataDir: string
  /** Keeps it too, for all instances. */
  redis?: RedisConnection | undefined
}

/**
 * Who is refused. Questions are answered from memory, by a snapshot of the tables; orders go to
 * the database first.
 *
 * An order given here is in force when its promise resolves. What others change, another instance,
 * a script or plain SQL, is taken over on a notice, well within a second, and at the latest when
 * the timer looks. While the database is away the last snapshot stays in force.
 */
export class Blocklist {
  readonly #parts: Parts
  readonly #orders: Orders
  readonly #refresh = coalesce(() => this.#takeOver())
  readonly #shared: SharedSnapshot | undefined
  readonly #share = coalesce(async () => {
    if (this.#revision !== undefined) await this.#shared?.write(this.#snapshot, this.#revision)
  })
  #snapshot = Snapshot.of([], [])
  #revision?: number
  /** Whether the last attempt to refresh failed. */
  #behind = false
  #state: BlocklistState = { from: 'nowhere' }
  #following?: Promise<void>
  #stopped = false
  #timer?: NodeJS.Timeout

  constructor(parts: Parts) {
    this.#parts = parts
    this.#orders = new Orders(parts.models, parts.trustedProxies, parts.blockEscalation)
    this.#shared = parts.redis && new SharedSnapshot(new RedisCache(parts.redis))
  }

  /**
   * Puts the list in force and follows it from then on. Never throws and never waits long: when
   * the database does not answer within two seconds, the last known list is in force until it
   * does, and an empty one when none is known; `state` tells which.
   */
  async start(): Promise<void> {
    this.#parts.bus.subscribe(TOPIC, () => void this.#follow())
    await Promise.race([this.#follow(), sleep(START_WITHIN_MS, undefined, { ref: false })])
    if (this.#state.from === 'nowhere') await this.#recall()
    this.#lookLater()
  }

  /** Follows no longer; resolves when nothing is under way. */
  async stop(): Promise<void> {
    this.#stopped = true
    clearTimeout(this.#timer)
    await this.#following
  }

  /** How many entries are in force or will have ended since they were loaded. */
  get size(): number {
    return this.#snapshot.size
  }

  get state(): BlocklistState {
    return this.#state
  }

  /** The block that covers `address` at `now`, the most specific first; none for the allowed. */
  find(address: Address, now = Date.now()): Block | undefined {
    return this.#snapshot.find(address, now)
  }

  /** Whether `address` is never to be blocked or flagged. */
  isAllowed(address: Address): boolean {
    return this.#snapshot.isAllowed(address)
  }

  /** The blocks in force now, sorted by network, from memory. */
  blocks(): Iterable<Block> {
    return this.#snapshot.blocks(Date.now())
  }

  /** The networks that are never blocked, sorted, from memory. */
  allowed(): Iterable<Network> {
    return this.#snapshot.allowed()
  }

  /** Blocks a network, or changes its block; throws `BlockRefused` when a guard objects. */
  async block(order: BlockOrder): Promise<BlockedIP> {
    return this.#changed(await this.#orders.block(order))
  }

  /** Ends the block of exactly this network; undefined when there was none. */
  async unblock(given: Given): Promise<BlockedIP | undefined> {
    return this.#changed(await this.#orders.unblock(given))
  }

  /** Sees to it that a network is neither blocked nor flagged, whatever else is listed. */
  async allow(order: AllowOrder): Promise<AllowedNetwork> {
    return this.#changed(await this.#orders.allow(order))
  }

  /** Takes back `allow` of exactly this network; undefined when it was not allowed. */
  async disallow(given: Given): Promise<AllowedNetwork | undefined> {
    return this.#changed(await this.#orders.disallow(given))
  }

  /** What the guards say against blocking this network; a forced order overrules it. */
  objectionTo(given: Pick<Given, 'network' | 'from'>): Objection | undefined {
    return this.#orders.objectionTo(given)
  }

  /** For whoever has changed the tables in bulk: in force here when it resolves, told to others. */
  async changed(): Promise<void> {
    await this.#changed(undefined)
  }

  async #changed<Result>(result: Result): Promise<Result> {
    await Promise.all([this.#follow(), this.#parts.bus.publish(TOPIC)])
    return result
  }

  /** Refreshes, when there is nobody to tell that it fails: says so once, and once that it is over. */
  #follow(): Promise<void> {
    if (!this.#stopped) this.#following = this.#refresh().then(this.#succeeded, this.#failed)
    return this.#following ?? Promise.resolve()
  }

  #lookLater(): void {
    const waitMs = this.#behind ? RETRY_MS : LOOK_EVERY_MS
    this.#timer = setTimeout(async () => {
      await this.#follow()
      if (!this.#stopped) this.#lookLater()
    }, waitMs).unref()
  }

  /** Puts the last known list in force, unless the database has answered meanwhile. */
  async #recall(): Promise<void> {
    const shared = await this.#shared?.read()
    if (this.#state.from !== 'nowhere') return
    this.#behind = true
    const { log } = this.#parts
    if (shared) {
      this.#snapshot = shared
      this.#state = { from: 'redis' }
      log.warn({ ...this.#state, entries: this.size }, 'blocklist: the last known list is in force')
    } else {
      log.error('blocklist: the database does not answer and no list is known: NOBODY IS REFUSED')
    }
  }

  readonly #succeeded = () => {
    if (this.#behind) this.#parts.log.info('blocklist: up to date again')
    this.#behind = false
  }

  readonly #failed = (error: unknown) => {
    const message = 'blocklist: not refreshed, the last snapshot stays in force'
    if (!this.#behind) this.#parts.log.warn({ error }, message)
    this.#behind = true
  }

  async #takeOver(): Promise<void> {
    const { knex } = this.#parts
    // Read first: a change during the load moves it on, and the next look loads again.
    const revision = await readRevision(knex)
    const asOf = Date.now()
    if (revision !== this.#revision) {
      this.#snapshot = await loadSnapshot(knex)
      this.#revision = revision
      void this.#share()
    }
    this.#state = { from: 'database', asOf }
  }
}
