import { setTimeout as sleep } from 'node:timers/promises'
import type { Knex } from 'knex'
import type { Models } from '../../models'
import type { AllowedNetwork } from '../../models/allowed-network'
import type { BlockedIP } from '../../models/blocked-ip'
import type { Address } from '../net/address'
import type { Network } from '../net/network'
import type { Bus } from '../platform/bus'
import { coalesce } from '../platform/coalesce'
import type { DatabaseConnection } from '../platform/database'
import type { Logger } from '../platform/logger'
import { OwnConnection } from '../platform/own-connection'
import type { RedisConnection } from '../platform/redis'
import { type Changes, readChanges } from './changes'
import type { Objection } from './guards'
import { LastKnown } from './last-known'
import { Loader } from './loader'
import { type AllowOrder, type BlockOrder, type Given, Orders } from './orders'
import { type Block, Snapshot } from './snapshot'

export type { Block } from './snapshot'

const TOPIC = 'blocklist'
/** Notices between instances may be lost; this is how long one may then be behind. */
const LOOK_EVERY_MS = 5_000
/** How often the database is asked again while it does not answer. */
const RETRY_MS = 1_000
/** How long a start waits for the database before the last known list is put in force. */
const START_WITHIN_MS = 2_000
/** How long a start waits for a long list when no other is known. */
const LONG_LIST_WITHIN_MS = 30_000
/** Changes after which the list is loaded whole again: what has ended leaves memory by that. */
const MOST_CHANGES = 50_000

/** Where the list in force comes from, and how old it is. */
export interface BlocklistState {
  /** `nowhere`: no list is known yet, so nobody is refused. */
  from: 'database' | 'disk' | 'redis' | 'nowhere'
  /** When it was last known to be what the database says: milliseconds since 1970. */
  asOf?: number
}

interface Parts {
  models: Pick<Models, 'AllowedNetwork' | 'AuditEntry' | 'BlockedIP'>
  /** Makes connections of its own: one to follow changes, one to load a long list in a thread. */
  connection: DatabaseConnection
  bus: Pick<Bus, 'publish' | 'subscribe'>
  log: Logger
  trustedProxies: readonly Network[]
  /** How long the blocks of repeat offenders last, in milliseconds. */
  blockEscalation?: readonly number[] | undefined
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
 * the timer looks. A look reads what has changed; the list is loaded whole only at the start, when
 * too much has changed at once (an import), and when the database was away. While it is away the
 * last snapshot stays in force.
 */
export class Blocklist {
  readonly #parts: Parts
  readonly #orders: Orders
  readonly #connection: OwnConnection
  readonly #loader: Loader
  readonly #lastKnown: LastKnown
  readonly #look = coalesce(() => this.#takeOver())
  readonly #load = coalesce(() => this.#loadWhole())
  #snapshot = Snapshot.empty()
  /** Of the snapshot; undefined while it is not from the database. */
  #revision: number | undefined
  #state: BlocklistState = { from: 'nowhere' }
  /** Whether the snapshot holds everything up to its revision. */
  #whole = false
  /** Whether the last attempt to be up to date failed. */
  #behind = false
  /** While a load is under way: what was taken over since it began. */
  #meanwhile: Changes[] | undefined
  #changesSinceLoad = 0
  #following: Promise<unknown> = Promise.resolve()
  #stopped = false
  #timer?: NodeJS.Timeout

  constructor(parts: Parts) {
    this.#parts = parts
    this.#orders = new Orders(parts.models, parts.trustedProxies, parts.blockEscalation)
    this.#connection = new OwnConnection(parts.connection)
    this.#loader = new Loader(this.#connection, parts.connection)
    this.#lastKnown = new LastKnown(parts)
  }

  /**
   * Puts the list in force and follows it from then on. Never throws and never waits long: when
   * the database does not answer within `withinMs`, the last known list is in force until it
   * does, and an empty one when none is known; `state` tells which. Only a long list that is on
   * its way is waited for, when there is no other.
   */
  async start(withinMs = START_WITHIN_MS): Promise<void> {
    this.#parts.bus.subscribe(TOPIC, () => void this.#follow())
    const following = this.#follow()
    await Promise.race([following, pause(withinMs)])
    if (this.#state.from === 'nowhere') await this.#recall()
    if (this.#state.from === 'nowhere' && this.#loader.underWay) {
      await Promise.race([following, pause(LONG_LIST_WITHIN_MS)])
    }
    if (this.#state.from === 'nowhere') {
      const { log } = this.#parts
      log.error('blocklist: the database does not answer and no list is known: NOBODY IS REFUSED')
    }
  }

  /** Follows no longer; resolves when nothing is under way and the last known list is kept. */
  async stop(): Promise<void> {
    this.#stopped = true
    clearTimeout(this.#timer)
    await Promise.all([this.#connection.close(), this.#loader.stop()])
    await this.#following
    await this.#lastKnown.stop()
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

  /** The blocks in force now, sorted by network, from memory: those of this moment, read when asked for. */
  blocks(): Iterable<Block> {
    return this.#snapshot.blocks(Date.now())
  }

  /** The networks that are never blocked, sorted, from memory. */
  allowed(): Iterable<Network> {
    return this.#snapshot.allowedNetworks()
  }

  /** Blocks a network, or changes its block; throws `BlockRefused` when a guard objects. */
  async block(order: BlockOrder): Promise<BlockedIP> {
    return this.#changed(await this.#orders.block(order))
  }

  /** Blocks all of these networks or none; `also` is done in the same transaction. */
  async blockAll(
    orders: readonly BlockOrder[],
    also?: (trx: Knex.Transaction) => Promise<unknown>,
  ): Promise<BlockedIP[]> {
    return this.#changed(await this.#orders.blockAll(orders, also))
  }

  /** Ends the block of exactly this network; undefined when there was none. */
  async unblock(given: Given): Promise<BlockedIP | undefined> {
    return this.#changed(await this.#orders.unblock(given))
  }

  /** Takes a block of the detection back, by its id; undefined when it is over or somebody else's. */
  async withdraw(given: Given, id: number): Promise<BlockedIP | undefined> {
    return this.#changed(await this.#orders.withdraw(given, id))
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

  #lookLater(): void {
    clearTimeout(this.#timer)
    if (this.#stopped) return
    const waitMs = this.#behind ? RETRY_MS : LOOK_EVERY_MS
    this.#timer = setTimeout(() => void this.#follow(), waitMs).unref()
  }

  /** Puts the last known list in force, unless the database has answered meanwhile. */
  async #recall(): Promise<void> {
    const known = await this.#lastKnown.recall()
    if (!known || this.#state.from !== 'nowhere') return
    const { snapshot, from, asOf } = known
    this.#snapshot = snapshot
    this.#state = { from, asOf }
    const facts = { from, asOf: new Date(asOf), entries: snapshot.size }
    const message = 'blocklist: the database does not answer, the last known list is in force'
    this.#parts.log.warn(facts, message)
  }

  /** Looks, when there is nobody to tell that it fails: says so once, and once that it is over. */
  #follow(): Promise<unknown> {
    if (this.#stopped) return this.#following
    const looked = this.#look().then(({ loading }) => loading)
    this.#following = looked.then(this.#succeeded, this.#failed)
    void this.#following.then(() => this.#lookLater())
    return this.#following
  }

  readonly #succeeded = () => {
    if (!this.#behind || !this.#whole) return
    this.#behind = false
    this.#parts.log.info('blocklist: up to date again')
  }

  readonly #failed = (error: unknown) => {
    // Who was away may come back as another, for example restored from a backup.
    this.#whole = false
    if (this.#stopped || this.#behind) return
    this.#behind = true
    const message = 'blocklist: not refreshed, the last snapshot stays in force'
    this.#parts.log.warn({ error }, message)
  }

  /**
   * Takes over what has changed. When that is too much to be read one by one, what can be read is
   * in force at once, and the rest when `loading` has resolved: other looks need not wait for it.
   */
  async #takeOver(): Promise<{ loading?: Promise<void> }> {
    const since = this.#revision
    if (since === undefined) {
      await this.#load()
      return {}
    }
    const asOf = Date.now()
    const changes = await readChanges(this.#connection, since)
    // A load that ended meanwhile knows more than what was asked before.
    if (since !== this.#revision && changes.revision <= this.#revision!) return {}
    this.#apply(changes, asOf)

    if (this.#whole || (changes.complete && this.#meanwhile)) return {}
    const loading = this.#load()
    if (!changes.complete) return { loading }
    loading.then(this.#succeeded, this.#failed)
    return {}
  }

  #apply(changes: Changes, asOf: number): void {
    const { networks, revision, complete } = changes
    this.#meanwhile?.push(changes)
    this.#changesSinceLoad += networks.length
    if (!complete || this.#changesSinceLoad > MOST_CHANGES) this.#whole = false
    if (this.#whole) this.#state = { from: 'database', asOf }
    this.#revision = revision
    if (networks.length > 0) this.#enforce(this.#snapshot.with(networks), asOf)
  }

  async #loadWhole(): Promise<void> {
    const asOf = Date.now()
    const meanwhile: Changes[] = []
    this.#meanwhile = meanwhile
    try {
      const loaded = await this.#loader.load()
      let { snapshot, revision } = loaded
      for (const changes of meanwhile.filter((changes) => changes.revision > loaded.revision)) {
        snapshot = snapshot.with(changes.networks)
        revision = changes.revision
      }
      this.#revision = revision
      this.#whole = true
      this.#changesSinceLoad = 0
      this.#state = { from: 'database', asOf }
      this.#enforce(snapshot, asOf)
    } finally {
      this.#meanwhile = undefined
    }
  }

  #enforce(snapshot: Snapshot, asOf: number): void {
    this.#snapshot = snapshot
    // What is not whole is not of its revision; the load that makes it so is under way.
    if (this.#whole) this.#lastKnown.keep({ snapshot, revision: this.#revision!, asOf })
  }
}

function pause(ms: number): Promise<void> {
  return sleep(ms, undefined, { ref: false })
}
