import { type Family, writeBits } from './bits'
import type { Network } from './network'

/** Most networks in a leaf; a position in a tree has as many bits for it as this needs. */
export const LEAF_CAPACITY = 4_096

/** One network in so many is a sample. */
const SAMPLE_STEP = 8

/** Stands for the prefix of a parent that does not exist. */
export const NO_PARENT = 255

/** How many 32-bit words an address has. */
export function widthOf(family: Family): 1 | 4 {
  return family === 4 ? 1 : 4
}

/**
 * Some networks of one family, sorted, with what goes with each: when it ends, and a number that
 * is its owner's. All in one buffer, 18 bytes for an IPv4 network and 30 for an IPv6 network, which
 * can be stored or given to another thread as it is. Nobody changes a leaf that is in a tree.
 */
export class Leaf {
  readonly size: number
  readonly buffer: ArrayBuffer
  /** When each network ends, in milliseconds since 1970, or Infinity. */
  readonly ends: Float64Array
  /** The first address of each network, `width` words each. */
  readonly starts: Uint32Array
  readonly tags: Uint32Array
  readonly prefixes: Uint8Array
  /** The prefix of the narrowest other network around each, or `NO_PARENT`. */
  readonly parents: Uint8Array
  #samples?: Uint32Array
  #firstEnd?: number

  /** Lays the columns over `buffer`, which holds a leaf, or makes room for `size` networks. */
  constructor(
    readonly family: Family,
    size: number,
    buffer: ArrayBuffer = new ArrayBuffer(size * Leaf.bytesPerNetwork(family)),
  ) {
    const width = widthOf(family)
    this.size = size
    this.buffer = buffer
    this.ends = new Float64Array(buffer, 0, size)
    this.starts = new Uint32Array(buffer, 8 * size, width * size)
    this.tags = new Uint32Array(buffer, (8 + 4 * width) * size, size)
    this.prefixes = new Uint8Array(buffer, (12 + 4 * width) * size, size)
    this.parents = new Uint8Array(buffer, (13 + 4 * width) * size, size)
  }

  static bytesPerNetwork(family: Family): number {
    return 14 + 4 * widthOf(family)
  }

  /** A leaf that another thread or a file gave away. */
  static from(family: Family, buffer: ArrayBuffer): Leaf {
    return new Leaf(family, buffer.byteLength / Leaf.bytesPerNetwork(family), buffer)
  }

  /** Copies `count` networks of `other` from slot `from` to slot `to`. */
  copy(other: Leaf, from: number, to: number, count: number): void {
    const width = widthOf(this.family)
    this.ends.set(other.ends.subarray(from, from + count), to)
    this.starts.set(other.starts.subarray(width * from, width * (from + count)), width * to)
    this.tags.set(other.tags.subarray(from, from + count), to)
    this.prefixes.set(other.prefixes.subarray(from, from + count), to)
    this.parents.set(other.parents.subarray(from, from + count), to)
  }

  /**
   * The last slot whose network begins before `words`, or there with at most this prefix; 0 when
   * none does. Looks through samples first, which stay in the processor's cache, so that a search
   * waits for memory about twice instead of ten times.
   */
  lastUpTo(words: Uint32Array, prefix: number): number {
    this.#samples ??= this.#takeSamples()
    const samples = this.#samples
    const first = words[0]!
    let low = 0
    let high = samples.length
    while (high - low > 1) {
      const middle = (low + high) >>> 1
      const difference = samples[middle]! - first
      const isBehind =
        difference > 0 ||
        (difference === 0 && this.compare(middle * SAMPLE_STEP, words, prefix) > 0)
      if (isBehind) high = middle
      else low = middle
    }
    low *= SAMPLE_STEP
    high = Math.min(low + SAMPLE_STEP, this.size)
    while (high - low > 1) {
      const middle = (low + high) >>> 1
      if (this.compare(middle, words, prefix) > 0) high = middle
      else low = middle
    }
    return low
  }

  /** When the first of its networks ends; asked for when nobody changes it any more. */
  get firstEnd(): number {
    this.#firstEnd ??= this.ends.reduce((first, end) => Math.min(first, end), Infinity)
    return this.#firstEnd
  }

  /** Whether the network in `slot` holds the address `words`. */
  holds(slot: number, words: Uint32Array): boolean {
    return this.shares(slot, words, this.prefixes[slot]!)
  }

  /** Whether the first address of the network in `slot` and `words` have their first `bits` in common. */
  shares(slot: number, words: Uint32Array, bits: number): boolean {
    const { starts } = this
    let at = slot * widthOf(this.family)
    let left = bits
    for (let word = 0; left > 0; word++, at++, left -= 32) {
      const difference = starts[at]! ^ words[word]!
      if (difference !== 0 && (left >= 32 || difference >>> (32 - left) !== 0)) return false
    }
    return true
  }

  /** Negative when the network in `slot` comes before the one of `words` and `prefix`, 0 when it is it. */
  compare(slot: number, words: Uint32Array, prefix: number): number {
    const { starts } = this
    const width = widthOf(this.family)
    const from = slot * width
    for (let word = 0; word < width; word++) {
      const difference = starts[from + word]! - words[word]!
      if (difference !== 0) return difference
    }
    return this.prefixes[slot]! - prefix
  }

  /** The first word of each sample's first address. */
  #takeSamples(): Uint32Array {
    const step = SAMPLE_STEP * widthOf(this.family)
    const samples = new Uint32Array(Math.ceil(this.size / SAMPLE_STEP))
    for (let i = 0; i < samples.length; i++) samples[i] = this.starts[i * step]!
    return samples
  }

  /** Copies the first address of the network in `slot`. */
  read(slot: number, words: Uint32Array): void {
    const width = widthOf(this.family)
    for (let word = 0; word < width; word++) words[word] = this.starts[slot * width + word]!
  }

  network(slot: number): Network {
    const width = widthOf(this.family)
    const text = writeBits(this.family, this.starts.subarray(slot * width, (slot + 1) * width))
    const prefix = this.prefixes[slot]!
    return (prefix === 32 * width ? text : `${text}/${prefix}`) as Network
  }
}
