import { type Family, readBits, writeBits } from './bits'
import type { Network } from './network'

/**
 * Networks of one family, sorted: 9 bytes for an IPv4 network, 21 for an IPv6 network. Immutable.
 *
 * Two networks are either apart or one lies inside the other. So when they are sorted by their
 * first address, the wider before the narrower, the last one that begins at or before an address
 * lies inside every network that holds it: one binary search finds that one, and a walk outwards
 * along the parents finds the most specific network that holds the address.
 */
export class SortedNetworks {
  readonly #family: Family
  /** How many 32-bit words an address has. */
  readonly #width: number
  /** The first address of each network, `#width` words each. */
  readonly #starts: Uint32Array
  readonly #prefixes: Uint8Array
  /** The narrowest other network around each network, or -1. */
  readonly #parents: Int32Array

  private constructor(family: Family, starts: Uint32Array, prefixes: Uint8Array) {
    this.#family = family
    this.#width = widthOf(family)
    this.#starts = starts
    this.#prefixes = prefixes
    this.#parents = new Int32Array(prefixes.length)
    this.#linkParents()
  }

  /** Sorts the networks at `places` of `networks`, all of one family; `order` is the new order of `places`. */
  static of(family: Family, networks: readonly Network[], places: Uint32Array) {
    const width = widthOf(family)
    const starts = new Uint32Array(places.length * width)
    const prefixes = new Uint8Array(places.length)
    readNetworks(networks, places, width, starts, prefixes)

    const compare = (a: number, b: number) => {
      for (let word = 0; word < width; word++) {
        const difference = starts[a * width + word]! - starts[b * width + word]!
        if (difference !== 0) return difference
      }
      return prefixes[a]! - prefixes[b]! || a - b
    }
    if (isSorted(places.length, compare)) {
      return { sorted: new SortedNetworks(family, starts, prefixes), order: places }
    }

    const ranks = Uint32Array.from(places.keys()).sort(compare)
    const sortedStarts = new Uint32Array(starts.length)
    for (let i = 0; i < starts.length; i++) {
      sortedStarts[i] = starts[ranks[Math.floor(i / width)]! * width + (i % width)]!
    }
    return {
      sorted: new SortedNetworks(
        family,
        sortedStarts,
        prefixes.map((_, i) => prefixes[ranks[i]!]!),
      ),
      order: ranks.map((rank) => places[rank]!),
    }
  }

  get size(): number {
    return this.#prefixes.length
  }

  /** The position of the most specific network that holds `address`, or -1. */
  find(address: Uint32Array): number {
    let position = this.#lastAtOrBefore(address)
    while (position >= 0 && !this.#holds(position, address, 0)) position = this.#parents[position]!
    return position
  }

  parent(position: number): number {
    return this.#parents[position]!
  }

  at(position: number): Network {
    const start = this.#starts.subarray(position * this.#width, (position + 1) * this.#width)
    const prefix = this.#prefixes[position]!
    const text = writeBits(this.#family, start)
    return (prefix === 32 * this.#width ? text : `${text}/${prefix}`) as Network
  }

  #lastAtOrBefore(address: Uint32Array): number {
    let low = 0
    let high = this.#prefixes.length
    while (low < high) {
      const middle = (low + high) >>> 1
      if (this.#startsBehind(middle, address)) high = middle
      else low = middle + 1
    }
    return low - 1
  }

  #startsBehind(position: number, address: Uint32Array): boolean {
    const offset = position * this.#width
    for (let word = 0; word < this.#width; word++) {
      const start = this.#starts[offset + word]!
      if (start !== address[word]) return start > address[word]!
    }
    return false
  }

  /** Whether the network at `position` holds the address that begins at `words[offset]`. */
  #holds(position: number, words: Uint32Array, offset: number): boolean {
    const from = position * this.#width
    let bits = this.#prefixes[position]!
    for (let word = 0; bits > 0; word++, bits -= 32) {
      const difference = this.#starts[from + word]! ^ words[offset + word]!
      if (difference >>> Math.max(0, 32 - bits) !== 0) return false
    }
    return true
  }

  #linkParents(): void {
    let around = -1
    for (let position = 0; position < this.#parents.length; position++) {
      const offset = position * this.#width
      while (around >= 0 && !this.#holds(around, this.#starts, offset)) {
        around = this.#parents[around]!
      }
      this.#parents[position] = around
      around = position
    }
  }
}

function widthOf(family: Family): number {
  return family === 4 ? 1 : 4
}

function readNetworks(
  networks: readonly Network[],
  places: Uint32Array,
  width: number,
  starts: Uint32Array,
  prefixes: Uint8Array,
): void {
  const bits = new Uint32Array(4)
  places.forEach((place, i) => {
    const network = networks[place]!
    const slash = network.indexOf('/')
    readBits(slash < 0 ? network : network.slice(0, slash), bits)
    for (let word = 0; word < width; word++) starts[i * width + word] = bits[word]!
    prefixes[i] = slash < 0 ? 32 * width : Number(network.slice(slash + 1))
  })
}

function isSorted(length: number, compare: (a: number, b: number) => number): boolean {
  for (let i = 1; i < length; i++) if (compare(i - 1, i) > 0) return false
  return true
}
