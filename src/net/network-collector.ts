import type { Family } from './bits'
import { Leaf, NO_PARENT, widthOf } from './leaf'
import { NetworkTree } from './network-tree'

const FIRST_CAPACITY = 64
/** Networks in a new leaf: far from what it can hold, so that there is room for more. */
const NETWORKS_PER_LEAF = 1_024

/**
 * Collects networks of one family in any order, then makes a tree of them: a million in a few
 * tenths of a second (`bench/blocklist.ts`).
 */
export class NetworkCollector {
  readonly #family: Family
  readonly #width: number
  #size = 0
  #starts: Uint32Array
  #prefixes: Uint8Array
  #ends: Float64Array
  #tags: Uint32Array

  constructor(family: Family) {
    this.#family = family
    this.#width = widthOf(family)
    this.#starts = new Uint32Array(FIRST_CAPACITY * this.#width)
    this.#prefixes = new Uint8Array(FIRST_CAPACITY)
    this.#ends = new Float64Array(FIRST_CAPACITY)
    this.#tags = new Uint32Array(FIRST_CAPACITY)
  }

  /** Of a network that is given twice, the later end and tag count. */
  add(words: Uint32Array, prefix: number, end: number, tag: number): void {
    const slot = this.#size++
    if (slot === this.#prefixes.length) this.#grow()
    for (let word = 0; word < this.#width; word++) {
      this.#starts[slot * this.#width + word] = words[word]!
    }
    this.#prefixes[slot] = prefix
    this.#ends[slot] = end
    this.#tags[slot] = tag
  }

  build(): NetworkTree {
    const order = this.#distinct(this.#sorted())
    const leaves: Leaf[] = []
    for (let from = 0; from < order.length; from += NETWORKS_PER_LEAF) {
      leaves.push(this.#leafOf(order.subarray(from, from + NETWORKS_PER_LEAF)))
    }
    linkParents(leaves)
    return new NetworkTree(this.#family, leaves)
  }

  #grow(): void {
    const double = <Column extends Uint8Array | Uint32Array | Float64Array>(column: Column) => {
      const larger = new (column.constructor as new (length: number) => Column)(2 * column.length)
      larger.set(column)
      return larger
    }
    this.#starts = double(this.#starts)
    this.#prefixes = double(this.#prefixes)
    this.#ends = double(this.#ends)
    this.#tags = double(this.#tags)
  }

  /**
   * Places in the order of their networks; equal networks stay in the order in which they came.
   * A radix sort from the last digit, the prefix, to the first 16 bits: comparing takes far longer.
   */
  #sorted(): Uint32Array {
    let order = new Uint32Array(this.#size)
    for (let place = 0; place < order.length; place++) order[place] = place

    const prefixes = this.#prefixes
    const starts = this.#starts
    const width = this.#width
    order = sortByDigit(order, (place) => prefixes[place]!)
    for (let word = width - 1; word >= 0; word--) {
      order = sortByDigit(order, (place) => starts[place * width + word]! & 0xffff)
      order = sortByDigit(order, (place) => starts[place * width + word]! >>> 16)
    }
    return order
  }

  /** Of places with the same network, the last. */
  #distinct(order: Uint32Array): Uint32Array {
    let kept = 0
    for (let i = 0; i < order.length; i++) {
      if (i + 1 < order.length && this.#same(order[i]!, order[i + 1]!)) continue
      order[kept++] = order[i]!
    }
    return order.subarray(0, kept)
  }

  #same(a: number, b: number): boolean {
    if (this.#prefixes[a] !== this.#prefixes[b]) return false
    for (let word = 0; word < this.#width; word++) {
      if (this.#starts[a * this.#width + word] !== this.#starts[b * this.#width + word])
        return false
    }
    return true
  }

  #leafOf(places: Uint32Array): Leaf {
    const leaf = new Leaf(this.#family, places.length)
    for (let slot = 0; slot < places.length; slot++) {
      const place = places[slot]!
      for (let word = 0; word < this.#width; word++) {
        leaf.starts[slot * this.#width + word] = this.#starts[place * this.#width + word]!
      }
      leaf.prefixes[slot] = this.#prefixes[place]!
      leaf.ends[slot] = this.#ends[place]!
      leaf.tags[slot] = this.#tags[place]!
    }
    return leaf
  }
}

/** Stable. Digits have 16 bits; a digit that all have in common costs one look at each. */
function sortByDigit(
  order: Uint32Array,
  digitOf: (place: number) => number,
): Uint32Array<ArrayBuffer> {
  const begins = new Uint32Array(0x1_0001)
  for (let i = 0; i < order.length; i++) begins[digitOf(order[i]!) + 1]!++
  for (let digit = 0; digit < 0x1_0000; digit++) begins[digit + 1]! += begins[digit]!

  const sorted = new Uint32Array(order.length)
  for (let i = 0; i < order.length; i++) {
    const place = order[i]!
    sorted[begins[digitOf(place)]!++] = place
  }
  return sorted
}

/** Notes in sorted leaves which network is the narrowest around each. */
function linkParents(leaves: Leaf[]): void {
  /** The networks around the one at hand, the widest first. */
  const around: { leaf: Leaf; slot: number }[] = []
  const words = new Uint32Array(4)
  for (const leaf of leaves) {
    for (let slot = 0; slot < leaf.size; slot++) {
      leaf.read(slot, words)
      while (around.length > 0) {
        const last = around.at(-1)!
        if (last.leaf.holds(last.slot, words)) break
        around.pop()
      }
      const parent = around.at(-1)
      leaf.parents[slot] = parent ? parent.leaf.prefixes[parent.slot]! : NO_PARENT
      around.push({ leaf, slot })
    }
  }
}
