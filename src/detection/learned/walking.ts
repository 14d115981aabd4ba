import type { Matrix } from './detector'
import { writeKeys } from './ordered-key'
import type { Trees } from './trees'

/** Rows walked through one tree at a time, so that the tree stays in the processor's cache. */
const BLOCK = 256

/**
 * How odd each row is, 0 to 1: 2^(−E(h)/c(n)), h being the length of its path through a tree.
 *
 * Nothing in a walk branches: the sign of a difference chooses the child, and each walk has as many
 * steps as the tree is deep. Four rows walk at a time, since each step waits for the one before.
 */
export function walk(trees: Trees, { rows, columns, values }: Matrix): Float64Array {
  const { count, depth, features, lefts, paths } = trees
  const inner = 2 ** depth - 1
  // Of the rows that fill up the last group of four nothing is read.
  const keys = new Int32Array(BLOCK * columns)
  const lengths = new Float64Array(BLOCK)
  const scores = new Float64Array(rows)

  for (let from = 0; from < rows; from += BLOCK) {
    const some = Math.min(BLOCK, rows - from)
    writeKeys(values, from * columns, some * columns, keys)
    lengths.fill(0)
    for (let tree = 0; tree < count; tree++) {
      const nodes = (tree * inner) | 0
      // The first leaf has number `inner` in the heap.
      const leaves = (tree * (inner + 1) - inner) | 0
      for (let row = 0; row < some; row += 4) {
        const a = (row * columns) | 0
        const b = (a + columns) | 0
        const c = (b + columns) | 0
        const d = (c + columns) | 0
        let atA = 0
        let atB = 0
        let atC = 0
        let atD = 0
        for (let level = 0; level < depth; level++) {
          atA = child(nodes, atA, a)
          atB = child(nodes, atB, b)
          atC = child(nodes, atC, c)
          atD = child(nodes, atD, d)
        }
        lengths[row]! += paths[leaves + atA]!
        lengths[row + 1]! += paths[leaves + atB]!
        lengths[row + 2]! += paths[leaves + atC]!
        lengths[row + 3]! += paths[leaves + atD]!
      }
    }
    for (let row = 0; row < some; row++) {
      scores[from + row] = 2 ** (-lengths[row]! / count / trees.usualPath)
    }
  }
  return scores

  function child(nodes: number, node: number, row: number): number {
    const at = (nodes + node) | 0
    const right = (lefts[at]! - keys[(row + features[at]!) | 0]!) >>> 31
    return (((2 * node + 1) | 0) + right) | 0
  }
}
