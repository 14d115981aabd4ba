import type { Address } from './address'
import { type Family, readBits } from './bits'
import { Leaf } from './leaf'
import type { Network } from './network'
import { NetworkCollector } from './network-collector'
import { NetworkTree } from './network-tree'

/** What goes with a network in an index. */
export interface Entry {
  /** When it ends, in milliseconds since 1970, or Infinity. */
  end: number
  /** A number that is the owner's. */
  tag: number
}

/** The leaves of an index as they lie in memory, for a file or for another thread. */
export interface IndexBuffers {
  ipv4: ArrayBuffer[]
  ipv6: ArrayBuffer[]
}

/** The address being looked up, or the network being changed. */
const words = new Uint32Array(4)

/**
 * Many networks of both families, for looking up addresses by their text; a million take some
 * 24 MB (`bench/blocklist.ts`). Immutable.
 */
export class NetworkIndex {
  static readonly EMPTY = new NetworkIndex(new NetworkTree(4, []), new NetworkTree(6, []))

  constructor(
    readonly ipv4: NetworkTree,
    readonly ipv6: NetworkTree,
  ) {}

  /** The index whose `buffers` these were; they are not copied. */
  static from({ ipv4, ipv6 }: IndexBuffers): NetworkIndex {
    return new NetworkIndex(
      new NetworkTree(
        4,
        ipv4.map((buffer) => Leaf.from(4, buffer)),
      ),
      new NetworkTree(
        6,
        ipv6.map((buffer) => Leaf.from(6, buffer)),
      ),
    )
  }

  get size(): number {
    return this.ipv4.size + this.ipv6.size
  }

  get buffers(): IndexBuffers {
    return {
      ipv4: this.ipv4.leaves.map(({ buffer }) => buffer),
      ipv6: this.ipv6.leaves.map(({ buffer }) => buffer),
    }
  }

  /** The most specific network that holds `address` and has not ended at `now`. */
  find(address: Address, now: number): Found | undefined {
    const tree = readBits(address, words) === 4 ? this.ipv4 : this.ipv6
    const position = tree.find(words, now)
    return position < 0 ? undefined : new Found(tree.leafOf(position), tree.slotOf(position))
  }

  /** Exactly this network. */
  get(network: Network): Found | undefined {
    const { family, prefix } = readNetwork(network, words)
    const tree = family === 4 ? this.ipv4 : this.ipv6
    const position = tree.at(words, prefix)
    return position < 0 ? undefined : new Found(tree.leafOf(position), tree.slotOf(position))
  }

  /** Whether the other one is this one, or was made of it without a change. */
  isSame({ ipv4, ipv6 }: NetworkIndex): boolean {
    return ipv4 === this.ipv4 && ipv6 === this.ipv6
  }

  /** Whether one of the networks here holds all of `found`, a network of another index. */
  covers(found: Found): boolean {
    if (this.size === 0) return false
    found.read(words)
    return (found.family === 4 ? this.ipv4 : this.ipv6).covers(words, found.prefix)
  }

  /** An index in which `network` has this entry, or, when there is none, in which it is not. */
  with(network: Network, entry: Entry | undefined): NetworkIndex {
    const { family, prefix } = readNetwork(network, words)
    const tree = family === 4 ? this.ipv4 : this.ipv6
    const changed = entry
      ? tree.with(words, prefix, entry.end, entry.tag)
      : tree.without(words, prefix)
    return family === 4
      ? new NetworkIndex(changed, this.ipv6)
      : new NetworkIndex(this.ipv4, changed)
  }

  /** Every network, IPv4 before IPv6, the first address first, the wider before the narrower. */
  *[Symbol.iterator](): Generator<Found> {
    yield* this.unlike(NetworkIndex.EMPTY, 0)
  }

  /** The same without what is in the leaves that `other` shares and had not ended `then`. */
  *unlike(other: NetworkIndex, then: number): Generator<Found> {
    for (const [tree, its] of [
      [this.ipv4, other.ipv4],
      [this.ipv6, other.ipv6],
    ] as const) {
      const shared = new Set(its.leaves)
      for (const leaf of tree.leaves) {
        const isShared = shared.has(leaf)
        if (isShared && then < leaf.firstEnd) continue
        for (let slot = 0; slot < leaf.size; slot++) {
          if (!isShared || leaf.ends[slot]! <= then) yield new Found(leaf, slot)
        }
      }
    }
  }
}

/** A network in an index. */
export class Found implements Entry {
  readonly #leaf: Leaf
  readonly #slot: number

  constructor(leaf: Leaf, slot: number) {
    this.#leaf = leaf
    this.#slot = slot
  }

  get network(): Network {
    return this.#leaf.network(this.#slot)
  }

  get family(): Family {
    return this.#leaf.family
  }

  get prefix(): number {
    return this.#leaf.prefixes[this.#slot]!
  }

  /** Copies the first address. */
  read(words: Uint32Array): void {
    this.#leaf.read(this.#slot, words)
  }

  get end(): number {
    return this.#leaf.ends[this.#slot]!
  }

  get tag(): number {
    return this.#leaf.tags[this.#slot]!
  }
}

/** Collects networks in any order, then makes an index of them. */
export class IndexCollector {
  readonly #ipv4 = new NetworkCollector(4)
  readonly #ipv6 = new NetworkCollector(6)

  /** Of a network that is given twice, the later entry counts. */
  add(network: Network, { end, tag }: Entry): void {
    const { family, prefix } = readNetwork(network, words)
    this.addBits(family, words, prefix, end, tag)
  }

  addBits(family: Family, words: Uint32Array, prefix: number, end: number, tag: number): void {
    if (family === 4) this.#ipv4.add(words, prefix, end, tag)
    else this.#ipv6.add(words, prefix, end, tag)
  }

  build(): NetworkIndex {
    return new NetworkIndex(this.#ipv4.build(), this.#ipv6.build())
  }
}

function readNetwork(network: Network, words: Uint32Array): { family: Family; prefix: number } {
  const slash = network.indexOf('/')
  const family = readBits(slash < 0 ? network : network.slice(0, slash), words)
  const prefix = slash < 0 ? (family === 4 ? 32 : 128) : Number(network.slice(slash + 1))
  return { family, prefix }
}
