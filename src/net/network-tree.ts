import { clearHostBits, type Family } from './bits'
import { LEAF_CAPACITY, Leaf, NO_PARENT, widthOf } from './leaf'

/** Bits of a position that say where in its leaf a network stands; the others name the leaf. */
const SLOT_BITS = Math.log2(LEAF_CAPACITY)
const SLOT_MASK = LEAF_CAPACITY - 1

/** More than any prefix: behind every network that begins at an address. */
const BEHIND = 255

/**
 * Networks of one family in order: leaves of a few thousand each, and where each leaf begins.
 *
 * Two networks are either apart or one lies inside the other. So when they are sorted by their
 * first address, the wider before the narrower, the last one that begins at or before an address
 * lies inside every network that holds it: one search finds that one, and a walk outwards along
 * the parents finds the most specific network that holds the address.
 *
 * A tree never changes. `with` and `without` make another one, which shares all leaves but those
 * that the change is about: microseconds among a million networks (`bench/blocklist.ts`).
 */
export class NetworkTree {
  readonly family: Family
  readonly leaves: readonly Leaf[]
  readonly size: number
  readonly #width: number
  /** The first address of each leaf, `#width` words each. */
  readonly #firsts: Uint32Array
  /** The parent being looked for. */
  readonly #parent = new Uint32Array(4)

  /** `leaves` are sorted, know their parents, and none is empty. */
  constructor(family: Family, leaves: readonly Leaf[]) {
    this.family = family
    this.leaves = leaves
    this.#width = widthOf(family)
    this.#firsts = new Uint32Array(leaves.length * this.#width)
    let size = 0
    for (let i = 0; i < leaves.length; i++) {
      size += leaves[i]!.size
      for (let word = 0; word < this.#width; word++) {
        this.#firsts[i * this.#width + word] = leaves[i]!.starts[word]!
      }
    }
    this.size = size
  }

  /**
   * The position of the most specific network that holds the address `words` and has not ended at
   * `now` (milliseconds), or -1.
   */
  find(words: Uint32Array, now: number): number {
    let position = this.#lastUpTo(words, BEHIND)
    while (position >= 0) {
      const leaf = this.leafOf(position)
      const slot = this.slotOf(position)
      if (leaf.holds(slot, words) && now < leaf.ends[slot]!) return position
      position = this.#parentOf(leaf, slot)
    }
    return -1
  }

  /** The position of exactly the network of `words` and `prefix`, or -1. */
  at(words: Uint32Array, prefix: number): number {
    const position = this.#lastUpTo(words, prefix)
    return this.#isAt(position, words, prefix) ? position : -1
  }

  /** Whether a network here holds all of the network of `words` and `prefix`. */
  covers(words: Uint32Array, prefix: number): boolean {
    return this.#around(this.#lastUpTo(words, prefix), words) !== NO_PARENT
  }

  leafOf(position: number): Leaf {
    return this.leaves[position >>> SLOT_BITS]!
  }

  slotOf(position: number): number {
    return position & SLOT_MASK
  }

  /** A tree in which the network of `words` and `prefix` has this end and tag. */
  with(words: Uint32Array, prefix: number, end: number, tag: number): NetworkTree {
    const before = this.#lastUpTo(words, prefix)
    const leaves = this.leaves.slice()
    if (this.#isAt(before, words, prefix)) {
      const leaf = copyOf(this.leafOf(before))
      leaf.ends[this.slotOf(before)] = end
      leaf.tags[this.slotOf(before)] = tag
      leaves[before >>> SLOT_BITS] = leaf
      return new NetworkTree(this.family, leaves)
    }

    const parent = this.#around(before, words)
    const at = before < 0 ? 0 : before >>> SLOT_BITS
    const slot = before < 0 ? 0 : this.slotOf(before) + 1
    const leaf = withRoom(leaves[at] ?? new Leaf(this.family, 0), slot)
    leaf.ends[slot] = end
    leaf.tags[slot] = tag
    leaf.prefixes[slot] = prefix
    leaf.parents[slot] = parent
    leaf.starts.set(words.subarray(0, this.#width), slot * this.#width)
    leaves[at] = leaf
    this.#reparent(leaves, at, slot + 1, words, prefix, parent, prefix)
    if (leaf.size > LEAF_CAPACITY) leaves.splice(at, 1, ...halvesOf(leaf))
    return new NetworkTree(this.family, leaves)
  }

  /** A tree without the network of `words` and `prefix`; this one when it is not in it. */
  without(words: Uint32Array, prefix: number): NetworkTree {
    const position = this.at(words, prefix)
    if (position < 0) return this

    const leaves = this.leaves.slice()
    const at = position >>> SLOT_BITS
    const slot = this.slotOf(position)
    const parent = this.leafOf(position).parents[slot]!
    const leaf = withoutSlot(this.leafOf(position), slot)
    leaves[at] = leaf
    this.#reparent(leaves, at, slot, words, prefix, prefix, parent)
    if (leaf.size === 0) leaves.splice(at, 1)
    return new NetworkTree(this.family, leaves)
  }

  /** The last network that begins before `words`, or there with at most this prefix, or -1. */
  #lastUpTo(words: Uint32Array, prefix: number): number {
    const at = this.#leafUpTo(words, prefix)
    if (at < 0) return -1
    return (at << SLOT_BITS) | this.leaves[at]!.lastUpTo(words, prefix)
  }

  /** The last leaf whose first network is at or before the one of `words` and `prefix`, or -1. */
  #leafUpTo(words: Uint32Array, prefix: number): number {
    let low = -1
    let high = this.leaves.length
    while (high - low > 1) {
      const middle = (low + high) >>> 1
      if (this.#beginsBehind(middle, words, prefix)) high = middle
      else low = middle
    }
    return low
  }

  #beginsBehind(at: number, words: Uint32Array, prefix: number): boolean {
    const offset = at * this.#width
    for (let word = 0; word < this.#width; word++) {
      const first = this.#firsts[offset + word]!
      if (first !== words[word]) return first > words[word]!
    }
    return this.leaves[at]!.prefixes[0]! > prefix
  }

  #isAt(position: number, words: Uint32Array, prefix: number): boolean {
    if (position < 0) return false
    return this.leafOf(position).compare(this.slotOf(position), words, prefix) === 0
  }

  #parentOf(leaf: Leaf, slot: number): number {
    const prefix = leaf.parents[slot]!
    if (prefix === NO_PARENT) return -1
    leaf.read(slot, this.#parent)
    clearHostBits(this.family, this.#parent, prefix)
    return this.#lastUpTo(this.#parent, prefix)
  }

  /** The prefix of the most specific network that holds `words`, at `position` or around it. */
  #around(position: number, words: Uint32Array): number {
    let around = position
    while (around >= 0) {
      const leaf = this.leafOf(around)
      const slot = this.slotOf(around)
      if (leaf.holds(slot, words)) return leaf.prefixes[slot]!
      around = this.#parentOf(leaf, slot)
    }
    return NO_PARENT
  }

  /**
   * Of the networks inside the one of `words` and `prefix`, which begin at `slot` of the leaf at
   * `at`, those whose parent is `from` get the parent `to`. That leaf is a copy; others are copied.
   */
  #reparent(
    leaves: Leaf[],
    at: number,
    slot: number,
    words: Uint32Array,
    prefix: number,
    from: number,
    to: number,
  ): void {
    let next = slot
    for (let i = at; i < leaves.length; i++, next = 0) {
      let leaf = leaves[i]!
      for (; next < leaf.size; next++) {
        if (!leaf.shares(next, words, prefix)) return
        if (leaf.parents[next] !== from) continue
        if (leaf === this.leaves[i]) {
          leaf = copyOf(leaf)
          leaves[i] = leaf
        }
        leaf.parents[next] = to
      }
    }
  }
}

function copyOf(leaf: Leaf): Leaf {
  return Leaf.from(leaf.family, leaf.buffer.slice(0))
}

/** A copy with a free `slot`. */
function withRoom(leaf: Leaf, slot: number): Leaf {
  const copy = new Leaf(leaf.family, leaf.size + 1)
  copy.copy(leaf, 0, 0, slot)
  copy.copy(leaf, slot, slot + 1, leaf.size - slot)
  return copy
}

function withoutSlot(leaf: Leaf, slot: number): Leaf {
  const copy = new Leaf(leaf.family, leaf.size - 1)
  copy.copy(leaf, 0, 0, slot)
  copy.copy(leaf, slot + 1, slot, leaf.size - slot - 1)
  return copy
}

function halvesOf(leaf: Leaf): [Leaf, Leaf] {
  const half = leaf.size >>> 1
  const first = new Leaf(leaf.family, half)
  const second = new Leaf(leaf.family, leaf.size - half)
  first.copy(leaf, 0, 0, first.size)
  second.copy(leaf, half, 0, second.size)
  return [first, second]
}
