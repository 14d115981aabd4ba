import type { Address } from '../net/address'
import type { Network } from '../net/network'
import { type Found, type IndexBuffers, IndexCollector, NetworkIndex } from '../net/network-index'
import { type Origin, Origins, type PackedOrigins } from './origins'

/** A refused network as it is held in memory. */
export interface Block extends Origin {
  readonly ipAddress: Network
  /** The moment it ends; null when it does not. */
  readonly expiresAt: Date | null
}

/** What the tables say about one network now. */
export interface Change {
  network: Network
  /** Why it is blocked, and until when in milliseconds or Infinity; undefined when it is not. */
  block: (Origin & { end: number }) | undefined
  allowed: boolean
}

/** A snapshot as plain data, for a file or for another thread. */
export interface SnapshotBuffers {
  blocked: IndexBuffers
  allowed: IndexBuffers
  origins: PackedOrigins
}

/**
 * All blocks and allowed networks at one moment, for answering from memory: 18 bytes for each of
 * IPv4 and 30 for each of IPv6, and why it is blocked once for all that have it in common.
 *
 * Never changes: whoever has begun to read one reads the list of one moment.
 */
export class Snapshot {
  constructor(
    readonly blocked: NetworkIndex,
    readonly allowed: NetworkIndex,
    readonly origins: Origins,
  ) {}

  static empty(): Snapshot {
    return new Snapshot(NetworkIndex.EMPTY, NetworkIndex.EMPTY, new Origins())
  }

  static of(blocks: Iterable<Block>, allowed: Iterable<Network>): Snapshot {
    const origins = new Origins()
    const blockedOnes = new IndexCollector()
    const allowedOnes = new IndexCollector()
    for (const block of blocks) {
      const end = block.expiresAt?.getTime() ?? Number.POSITIVE_INFINITY
      blockedOnes.add(block.ipAddress, { end, tag: origins.placeOf(block) })
    }
    for (const network of allowed) allowedOnes.add(network, FOR_EVER)
    return new Snapshot(blockedOnes.build(), allowedOnes.build(), origins)
  }

  /** The snapshot whose `buffers` these were. */
  static from({ blocked, allowed, origins }: SnapshotBuffers): Snapshot {
    return new Snapshot(
      NetworkIndex.from(blocked),
      NetworkIndex.from(allowed),
      Origins.from(origins),
    )
  }

  get size(): number {
    return this.blocked.size
  }

  get buffers(): SnapshotBuffers {
    const { blocked, allowed, origins } = this
    return { blocked: blocked.buffers, allowed: allowed.buffers, origins: origins.pack() }
  }

  /** The snapshot after these changes, of which each says all about its network. */
  with(changes: Iterable<Change>): Snapshot {
    let { blocked, allowed } = this
    for (const { network, block, allowed: isAllowed } of changes) {
      const entry = block && { end: block.end, tag: this.origins.placeOf(block) }
      blocked = blocked.with(network, entry)
      allowed = allowed.with(network, isAllowed ? FOR_EVER : undefined)
    }
    return new Snapshot(blocked, allowed, this.origins)
  }

  /**
   * The block that covers `address` at `now` (milliseconds), the most specific first. An allowed
   * network beats every block, and a block that has ended does not hide a wider one that has not.
   */
  find(address: Address, now: number): Block | undefined {
    const found = this.blocked.find(address, now)
    if (found === undefined || this.isAllowed(address)) return undefined
    return new HeldBlock(found, this.origins)
  }

  isAllowed(address: Address): boolean {
    return this.allowed.size > 0 && this.allowed.find(address, 0) !== undefined
  }

  /** The block of exactly this network, when it is in force and does not lie in an allowed one. */
  blockOf(network: Network, now: number): Block | undefined {
    const found = this.blocked.get(network)
    return found && this.#isInForce(found, now) ? new HeldBlock(found, this.origins) : undefined
  }

  /**
   * The blocks in force at `now`, sorted, without those that lie in an allowed network whole.
   * `known` is another snapshot and when it was read: what it surely had in force alike is left out.
   */
  *blocks(now: number, known?: { snapshot: Snapshot; at: number }): Generator<Block> {
    const isLike = known?.snapshot.allowed.isSame(this.allowed)
    const all =
      known && isLike ? this.blocked.unlike(known.snapshot.blocked, known.at) : this.blocked
    for (const found of all) {
      if (this.#isInForce(found, now)) yield new HeldBlock(found, this.origins)
    }
  }

  #isInForce(found: Found, now: number): boolean {
    return now < found.end && !this.allowed.covers(found)
  }

  /** The allowed networks, sorted. */
  *allowedNetworks(): Generator<Network> {
    for (const { network } of this.allowed) yield network
  }
}

/** Does not end, and says no more than that it is there. */
const FOR_EVER = { end: Number.POSITIVE_INFINITY, tag: 0 }

/** A block in a snapshot. Writes its texts when asked: who only wants to know whether never asks. */
class HeldBlock implements Block {
  readonly #found: Found
  readonly #origins: Origins

  constructor(found: Found, origins: Origins) {
    this.#found = found
    this.#origins = origins
  }

  get ipAddress(): Network {
    return this.#found.network
  }

  get reason(): string {
    return this.#origins.at(this.#found.tag).reason
  }

  get source(): Block['source'] {
    return this.#origins.at(this.#found.tag).source
  }

  get sourceName(): string | null {
    return this.#origins.at(this.#found.tag).sourceName
  }

  get expiresAt(): Date | null {
    const { end } = this.#found
    return Number.isFinite(end) ? new Date(end) : null
  }

  /** For logs and answers in JSON. */
  toJSON(): Block {
    const { ipAddress, reason, source, sourceName, expiresAt } = this
    return { ipAddress, reason, source, sourceName, expiresAt }
  }
}
