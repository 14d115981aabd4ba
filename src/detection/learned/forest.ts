import type { Detector, Matrix, Model } from '../detector'
import { sample, seededRandom, swap } from './random'

const TREES = 100
/** Rows per tree: more would let anomalies hide in their own crowd (Liu, Ting, Zhou 2008, 5.1). */
const SAMPLE_SIZE = 256
const EULER = 0.5772156649015329
const LEAF = -1
/** Rows walked through one tree at a time, so that the tree stays in the processor's cache. */
const BLOCK = 256

/**
 * Isolation forest after Liu, Ting and Zhou (ICDM 2008; TKDD 2012).
 *
 * Random splits isolate an odd row after few of them: the score is 2^(−E(h)/c(n)), h being the
 * length of a row's path through a tree. The same seed gives the same scores. Unlike the paper,
 * a split never falls on a feature whose values are all equal in the node: with many features at
 * their usual value such splits would only use up the depth.
 */
export const forest: Detector = {
  name: 'forest',
  async train(usual, seed) {
    return plant(usual, seed)
  },
}

/** All trees in flat arrays, one element per node; the right child lies behind the left one. */
interface Nodes {
  /** The feature that is compared, or LEAF. */
  feature: Int32Array
  /** Rows below it go left. */
  threshold: Float64Array
  left: Int32Array
  /** In a leaf: the length of the path that ends here. */
  path: Float64Array
}

function plant(matrix: Matrix, seed: number): Model {
  const random = seededRandom(seed)
  const sampleSize = Math.min(SAMPLE_SIZE, matrix.rows)
  const capacity = TREES * Math.max(1, 2 * sampleSize - 1)
  const nodes: Nodes = {
    feature: new Int32Array(capacity).fill(LEAF),
    threshold: new Float64Array(capacity),
    left: new Int32Array(capacity),
    path: new Float64Array(capacity),
  }
  const roots = new Int32Array(TREES)
  let size = 0
  for (let tree = 0; tree < TREES; tree++) {
    roots[tree] = size
    size = grow(nodes, size, matrix, sample(sampleSize, matrix.rows, random), random)
  }
  // A single row has no path to compare with.
  return { score: (rows) => score(nodes, roots, usualPath(sampleSize) || 1, rows) }
}

/** Grows one tree from node `root` on over these `rows`, which it reorders; returns the first free node. */
function grow(
  nodes: Nodes,
  root: number,
  matrix: Matrix,
  rows: Int32Array,
  random: () => number,
): number {
  const depthLimit = Math.ceil(Math.log2(Math.max(2, rows.length)))
  const features = Int32Array.from({ length: matrix.columns }, (_, i) => i)
  let free = root + 1

  const open = [{ node: root, from: 0, to: rows.length, depth: 0 }]
  for (let next = open.pop(); next; next = open.pop()) {
    const { node, from, to, depth } = next
    const split = depth < depthLimit ? chooseSplit(matrix, rows, from, to, features, random) : null
    if (split === null) {
      nodes.path[node] = depth + usualPath(to - from)
      continue
    }
    const middle = partition(matrix, rows, from, to, split)
    nodes.feature[node] = split.feature
    nodes.threshold[node] = split.threshold
    nodes.left[node] = free
    open.push(
      { node: free, from, to: middle, depth: depth + 1 },
      { node: free + 1, from: middle, to, depth: depth + 1 },
    )
    free += 2
  }
  return free
}

interface Split {
  feature: number
  threshold: number
}

/** A random threshold on a random feature that has different values here; null when none has. */
function chooseSplit(
  { columns, values }: Matrix,
  rows: Int32Array,
  from: number,
  to: number,
  features: Int32Array,
  random: () => number,
): Split | null {
  if (to - from < 2) return null
  for (let tried = 0; tried < columns; tried++) {
    swap(features, tried, tried + Math.floor(random() * (columns - tried)))
    const feature = features[tried]!
    let least = Number.POSITIVE_INFINITY
    let most = Number.NEGATIVE_INFINITY
    for (let i = from; i < to; i++) {
      const value = values[rows[i]! * columns + feature]!
      if (value < least) least = value
      if (value > most) most = value
    }
    if (least < most) {
      const threshold = least + random() * (most - least)
      // Never the least value itself, so that both sides get rows.
      return { feature, threshold: threshold > least ? threshold : most }
    }
  }
  return null
}

/** Moves rows below the threshold to the front of the range; returns where the others begin. */
function partition(
  { columns, values }: Matrix,
  rows: Int32Array,
  from: number,
  to: number,
  { feature, threshold }: Split,
): number {
  let middle = from
  for (let i = from; i < to; i++) {
    if (values[rows[i]! * columns + feature]! < threshold) swap(rows, i, middle++)
  }
  return middle
}

function score(nodes: Nodes, roots: Int32Array, usual: number, matrix: Matrix): Float64Array {
  const { feature, threshold, left, path } = nodes
  const { rows, columns, values } = matrix
  const scores = new Float64Array(rows)

  for (let block = 0; block < rows; block += BLOCK) {
    const end = Math.min(block + BLOCK, rows)
    for (const root of roots) {
      for (let row = block; row < end; row++) {
        const start = row * columns
        let node = root
        while (feature[node] !== LEAF) {
          const right = values[start + feature[node]!]! >= threshold[node]!
          node = left[node]! + (right ? 1 : 0)
        }
        scores[row]! += path[node]!
      }
    }
  }
  return scores.map((total) => 2 ** (-total / roots.length / usual))
}

/** c(n): the mean length of an unsuccessful search in a binary tree of `n` rows. */
function usualPath(n: number): number {
  if (n < 2) return 0
  if (n === 2) return 1
  return 2 * (Math.log(n - 1) + EULER) - (2 * (n - 1)) / n
}
