import { IsolationForest, type TreeNode } from 'ml-isolation-forest'
import { type Detector, type Matrix, pickRows } from './detector'
import { forestModel, unpackForest } from './forest'
import { keyOf } from './ordered-key'
import { sample, seededRandom } from './random'
import { averagePath, bareTrees, endPath, type Trees } from './trees'

const TREES = 100
const SAMPLE_SIZE = 256

/**
 * The isolation forest of the npm package `ml-isolation-forest` 0.1, for comparison with ours.
 *
 * Its faults, and what is done about them here:
 * - it grows every tree from all rows, so that anomalies in numbers hide one another (and 100
 *   trees of 100,000 rows take minutes): each tree is an object of its own, trained on a sample;
 * - a second `train` adds trees that `predict` never reads: every training makes fresh objects;
 * - c(n) lacks a factor of two before Euler's constant, its leaves keep all training rows, and it
 *   calls a function per node: its trees are read, and walked as ours are;
 * - it takes NaN for larger than all numbers: NaN counts as 0;
 * - it splits on features without any spread, which uses up the depth: not mended;
 * - it draws from `Math.random`: the samples are seeded, the splits cannot be.
 */
export const mlIsolationForest: Detector = {
  name: 'ml-isolation-forest',
  async train(usual, { seed }) {
    const random = seededRandom(seed)
    const size = Math.min(SAMPLE_SIZE, usual.rows)
    // It lets the deepest inner nodes lie one below its limit.
    const depth = Math.ceil(Math.log2(Math.max(2, size))) + 1
    const trees = bareTrees(TREES, depth, usual.columns, averagePath(Math.max(2, size)))
    for (let tree = 0; tree < TREES; tree++) {
      const grown = new IsolationForest({ nEstimators: 1 })
      grown.train(toArrays(pickRows(usual, sample(SAMPLE_SIZE, usual.rows, random))))
      copyNode(trees, tree, 0, 0, grown.forest[0]!)
    }
    return forestModel(trees)
  },
  async unpack(bytes) {
    return unpackForest(bytes)
  },
}

function copyNode(trees: Trees, tree: number, node: number, level: number, read: TreeNode): void {
  if (!read.left || !read.right) {
    endPath(trees, tree, node, level, level + averagePath(read.trainingSet!.length))
    return
  }
  const at = tree * (2 ** trees.depth - 1) + node
  trees.features[at] = read.splitColumn!
  trees.lefts[at] = keyOf(read.splitValue!) - 1
  copyNode(trees, tree, 2 * node + 1, level + 1, read.left)
  copyNode(trees, tree, 2 * node + 2, level + 1, read.right)
}

function toArrays({ rows, columns, values }: Matrix): number[][] {
  return Array.from({ length: rows }, (_, row) =>
    Array.from(values.subarray(row * columns, (row + 1) * columns), (value) => value || 0),
  )
}
