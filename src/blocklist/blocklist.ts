import type { Knex } from 'knex'
import type { Models } from '../../models'
import type { AllowedNetwork } from '../../models/allowed-network'
import type { BlockedIP } from '../../models/blocked-ip'
import type { Address } from '../net/address'
import type { Network } from '../net/network'
import type { Bus } from '../platform/bus'
import { recentlyChanged } from './changes'
import { Edition } from './edition'
import { type BlocklistState, FollowedList, type FollowedParts } from './followed-list'
import type { Objection } from './guards'
import { BlockHits } from './hits'
import { type AllowOrder, type BlockOrder, type Given, Orders } from './orders'
import type { Block } from './snapshot'

export type { BlocklistState } from './followed-list'
export type { Block } from './snapshot'

const TOPIC = 'blocklist'

interface Parts extends FollowedParts {
  models: Pick<Models, 'AllowedNetwork' | 'AuditEntry' | 'BlockedIP'>
  bus: Pick<Bus, 'publish' | 'subscribe'>
  trustedProxies: readonly Network[]
  /** How long the blocks of repeat offenders last, in milliseconds. */
  blockEscalation?: readonly number[] | undefined
}

/**
 * Who is refused. Questions are answered from memory, by the list in force; orders go to the
 * database first.
 *
 * An order given here is in force when its promise resolves. What others change, another instance,
 * a script or plain SQL, is taken over on a notice, well within a second, and at the latest when
 * the timer of `FollowedList` looks.
 */
export class Blocklist {
  readonly #bus: Parts['bus']
  readonly #knex: Knex
  readonly #orders: Orders
  readonly #list: FollowedList
  readonly #hits: BlockHits

  constructor(parts: Parts) {
    this.#bus = parts.bus
    this.#knex = parts.models.BlockedIP.knex()
    this.#orders = new Orders(parts.models, parts.trustedProxies, parts.blockEscalation)
    this.#list = new FollowedList(parts)
    this.#hits = new BlockHits(this.#knex, parts.log)
  }

  /**
   * Puts the list in force and follows it from then on. Never throws and never waits long: when
   * the database does not answer within `withinMs`, the last known list is in force until it
   * does, and an empty one when none is known; `state` tells which. Only a long list that is on
   * its way is waited for, when there is no other.
   */
  start(withinMs?: number): Promise<void> {
    this.#bus.subscribe(TOPIC, () => void this.#list.follow())
    this.#hits.start()
    return this.#list.start(withinMs)
  }

  /** Follows no longer; resolves when nothing is under way and the last known list is kept. */
  async stop(): Promise<void> {
    await Promise.all([this.#list.stop(), this.#hits.stop()])
  }

  /** How many entries are in force or will have ended since they were loaded. */
  get size(): number {
    return this.#list.snapshot.size
  }

  get state(): BlocklistState {
    return this.#list.state
  }

  /** The block that covers `address` at `now`, the most specific first; none for the allowed. */
  find(address: Address, now = Date.now()): Block | undefined {
    return this.#list.snapshot.find(address, now)
  }

  /** Whether `address` is never to be blocked or flagged. */
  isAllowed(address: Address): boolean {
    return this.#list.snapshot.isAllowed(address)
  }

  /** Notes that `block` has refused somebody: in memory, and once a minute in the database. */
  noteHit(block: Pick<Block, 'ipAddress'>): void {
    this.#hits.note(block.ipAddress)
  }

  /** Sees to it that what was noted here so far can be read in the database; never rejects. */
  flushHits(): Promise<void> {
    return this.#hits.flush()
  }

  /** The blocks in force now, sorted by network, from memory: those of this moment, read when asked for. */
  blocks(): Iterable<Block> {
    return this.#list.snapshot.blocks(Date.now())
  }

  /** The list of this moment for other programs; it stays as it is, whatever changes. */
  edition(): Edition {
    return new Edition(this.#list.snapshot, Date.now())
  }

  /** The networks whose blocks changed last, a thousand at most, from the database; those that ended are among them. */
  recentlyChanged(): Promise<Network[]> {
    return recentlyChanged(this.#knex)
  }

  /** The networks that are never blocked, sorted, from memory. */
  allowed(): Iterable<Network> {
    return this.#list.snapshot.allowedNetworks()
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
    await Promise.all([this.#list.follow(), this.#bus.publish(TOPIC)])
    return result
  }
}
