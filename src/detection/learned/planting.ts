import type { Matrix } from './detector'
import { keyOf, numberOf } from './ordered-key'
import { seededRandom, swap } from './random'
import { averagePath, bareTrees, endPath, type Trees } from './trees'

/** Rows that show a feature which all rows of the sample have alike, for each such feature. */
const SENTINELS = 2
/** How far above the others they lie: 1 down to 2^-6, evenly in the exponent. */
const SENTINEL_OCTAVES = 6

/**
 * Plants `count` trees, each on `sampleSize` rows at random (all, when there are fewer). The same
 * seed plants the same trees. Any matrix will do: of no rows, one row of zeros is thought.
 *
 * Two things are not in the paper (Liu, Ting, Zhou 2012). A split never falls on a feature whose
 * values are all equal in the node: such splits would only use up the depth. And a feature that
 * all rows of the sample have alike gets sentinels, copies of some of the rows that lie higher in
 * this one feature: otherwise no tree could tell who shows what nobody usual shows.
 */
export function plantTrees(
  usual: Matrix,
  seed: number,
  { count, sampleSize }: { count: number; sampleSize: number },
): Trees {
  const rows =
    usual.rows > 0 ? usual : { ...usual, rows: 1, values: new Float64Array(usual.columns) }
  const random = seededRandom(seed)
  const size = Math.min(sampleSize, rows.rows)
  const depth = Math.ceil(Math.log2(Math.max(2, size, rows.columns + 1)))
  const trees = bareTrees(count, depth, rows.columns, averagePath(Math.max(2, size)))
  const sample = new Sample(rows, size, random)
  for (let tree = 0; tree < count; tree++) {
    sample.draw()
    grow(trees, tree, sample, random)
  }
  return trees
}

/** The rows of one tree, drawn anew for each, as keys and column by column. */
class Sample {
  readonly columns: number
  /** Rows drawn, sentinels included. */
  size = 0
  readonly #usual: Matrix
  readonly #drawn: number
  readonly #random: () => number
  readonly #capacity: number
  readonly #keys: Int32Array
  /** All rows of `usual`; those drawn last stand in front. */
  readonly #numbers: Int32Array
  /** The rows of the sample, as the tree orders them. */
  readonly #order: Int32Array

  constructor(usual: Matrix, drawn: number, random: () => number) {
    this.columns = usual.columns
    this.#usual = usual
    this.#drawn = drawn
    this.#random = random
    this.#capacity = drawn + SENTINELS * usual.columns
    this.#keys = new Int32Array(this.#capacity * usual.columns)
    this.#numbers = Int32Array.from({ length: usual.rows }, (_, i) => i)
    this.#order = new Int32Array(this.#capacity)
  }

  draw(): void {
    const { values, rows } = this.#usual
    for (let i = 0; i < this.#drawn; i++) {
      swap(this.#numbers, i, i + Math.floor(this.#random() * (rows - i)))
      const row = this.#numbers[i]! * this.columns
      for (let c = 0; c < this.columns; c++) {
        this.#keys[c * this.#capacity + i] = keyOf(values[row + c]!)
      }
      this.#order[i] = i
    }
    this.size = this.#drawn
    for (let c = 0; c < this.columns; c++) {
      const [least, greatest] = this.range(c, 0, this.#drawn)
      if (least === greatest) this.#addSentinels(c, numberOf(least))
    }
  }

  /** The least and the greatest key of a feature among these rows of the order. */
  range(feature: number, from: number, to: number): [number, number] {
    const start = feature * this.#capacity
    let least = this.#keys[start + this.#order[from]!]!
    let greatest = least
    for (let i = from + 1; i < to; i++) {
      const key = this.#keys[start + this.#order[i]!]!
      if (key < least) least = key
      else if (key > greatest) greatest = key
    }
    return [least, greatest]
  }

  /** Orders the rows anew, those that go left first; returns where the others begin. */
  split(feature: number, left: number, from: number, to: number): number {
    const start = feature * this.#capacity
    let middle = from
    for (let i = from; i < to; i++) {
      if (this.#keys[start + this.#order[i]!]! <= left) swap(this.#order, i, middle++)
    }
    return middle
  }

  #addSentinels(feature: number, usual: number): void {
    for (let nth = 0; nth < SENTINELS; nth++) {
      const like = Math.floor(this.#random() * this.#drawn)
      const above = 2 ** (-SENTINEL_OCTAVES * this.#random())
      for (let c = 0; c < this.columns; c++) {
        const start = c * this.#capacity
        this.#keys[start + this.size] = this.#keys[start + like]!
      }
      // Far from 0, the next key may be further away than `above`.
      const key = Math.max(keyOf(usual + above), keyOf(usual) + 1)
      this.#keys[feature * this.#capacity + this.size] = key
      this.#order[this.size] = this.size++
    }
  }
}

function grow(trees: Trees, tree: number, sample: Sample, random: () => number): void {
  const { depth } = trees
  const inner = 2 ** depth - 1
  const features = Int32Array.from({ length: sample.columns }, (_, i) => i)

  const growNode = (node: number, level: number, from: number, to: number): void => {
    const split = level < depth && to - from > 1 && chooseSplit(sample, from, to, features, random)
    if (!split) {
      endPath(trees, tree, node, level, level + averagePath(to - from))
      return
    }
    trees.features[tree * inner + node] = split.feature
    trees.lefts[tree * inner + node] = split.left
    const middle = sample.split(split.feature, split.left, from, to)
    growNode(2 * node + 1, level + 1, from, middle)
    growNode(2 * node + 2, level + 1, middle, to)
  }
  growNode(0, 0, 0, sample.size)
}

/** A random threshold on a random feature that has different values here; none when none has. */
function chooseSplit(
  sample: Sample,
  from: number,
  to: number,
  features: Int32Array,
  random: () => number,
): { feature: number; left: number } | undefined {
  for (let tried = 0; tried < features.length; tried++) {
    swap(features, tried, tried + Math.floor(random() * (features.length - tried)))
    const feature = features[tried]!
    const [least, greatest] = sample.range(feature, from, to)
    if (least === greatest) continue
    // Evenly between the numbers, not between their keys; both sides get rows.
    const low = numberOf(least)
    const key = keyOf(low + random() * (numberOf(greatest) - low))
    return { feature, left: Math.min(Math.max(key, least), greatest - 1) }
  }
  return undefined
}
