import { IsolationForest } from 'ml-isolation-forest'
import { type Detector, type Matrix, pickRows } from '../detector'
import { sample, seededRandom } from './random'

const TREES = 100
const SAMPLE_SIZE = 256

/**
 * The isolation forest of the npm package `ml-isolation-forest` 0.1, for comparison with ours.
 *
 * Its faults, and what is done about them here:
 * - it grows every tree from all rows, so that anomalies in numbers hide one another (and 100
 *   trees of 100,000 rows take minutes): each tree is an object of its own, trained on a sample;
 * - a second `train` adds trees that `predict` never reads: every training makes fresh objects;
 * - c(n) lacks a factor of two before Euler's constant: scores are shifted, their order is nearly
 *   right, and calibration takes care of the scale;
 * - it splits on features without any spread, which uses up the depth: not mended;
 * - it draws from `Math.random`: the samples are seeded, the splits cannot be.
 */
export const mlIsolationForest: Detector = {
  name: 'ml-isolation-forest',
  async train(usual, seed) {
    const random = seededRandom(seed)
    const trees = Array.from({ length: TREES }, () => {
      const rows = toArrays(pickRows(usual, sample(SAMPLE_SIZE, usual.rows, random)))
      const tree = new IsolationForest({ nEstimators: 1 })
      tree.train(rows)
      return tree
    })
    return {
      score(matrix) {
        const rows = toArrays(matrix)
        const logs = new Float64Array(matrix.rows)
        // A tree's score is 2^(−h/c): the forest's, 2^(−E(h)/c), is their geometric mean.
        for (const tree of trees) {
          tree.predict(rows).forEach((score, row) => {
            logs[row]! += Math.log2(score) / TREES
          })
        }
        return logs.map((log) => 2 ** log)
      },
    }
  },
}

function toArrays({ rows, columns, values }: Matrix): number[][] {
  return Array.from({ length: rows }, (_, row) => [
    ...values.subarray(row * columns, (row + 1) * columns),
  ])
}
