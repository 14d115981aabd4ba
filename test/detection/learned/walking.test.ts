import { expect } from 'chai'
import type { Matrix } from '../../../src/detection/learned/detector'
import { keyOf } from '../../../src/detection/learned/ordered-key'
import { plantTrees } from '../../../src/detection/learned/planting'
import { seededRandom } from '../../../src/detection/learned/random'
import type { Trees } from '../../../src/detection/learned/trees'
import { walk } from '../../../src/detection/learned/walking'

describe('walking through trees', () => {
  const random = seededRandom(5)
  const ODD = [Number.NaN, Number.POSITIVE_INFINITY, Number.NEGATIVE_INFINITY, -0, 0, 1e-40, -1e300]
  const rowsOf = (rows: number, columns: number): Matrix => ({
    rows,
    columns,
    values: Float64Array.from({ length: rows * columns }, () =>
      random() < 0.1 ? ODD[Math.floor(random() * ODD.length)]! : 10 * random() - 5,
    ),
  })

  // Around the numbers of rows that walk at a time, and that are a block; trees of four sizes.
  for (const rows of [0, 1, 7, 8, 9, 255, 256, 257, 1_000]) {
    it(`gives ${rows} rows the scores of a plain walk, to the last bit`, () => {
      for (const [columns, sampleSize] of [
        [1, 2],
        [3, 64],
        [12, 256],
        [22, 1_024],
      ] as const) {
        const trees = plantTrees(rowsOf(500, columns), rows, { count: 20, sampleSize })
        const matrix = rowsOf(rows, columns)
        expect(walk(trees, matrix)).to.deep.equal(walkPlainly(trees, matrix))
      }
    })
  }

  it('remembers nothing of another forest', () => {
    const few = plantTrees(rowsOf(50, 2), 1, { count: 3, sampleSize: 16 })
    const matrix = rowsOf(40, 2)
    const scores = walk(few, matrix)
    walk(plantTrees(rowsOf(2_000, 30), 2, { count: 200, sampleSize: 1_024 }), rowsOf(300, 30))
    expect(walk(few, matrix)).to.deep.equal(scores)
  })
})

/** One row after the other, node by node. */
function walkPlainly(trees: Trees, { rows, columns, values }: Matrix): Float64Array {
  const { count, depth, features, lefts, paths, usualPath } = trees
  const inner = 2 ** depth - 1
  return Float64Array.from({ length: rows }, (_, row) => {
    let length = 0
    for (let tree = 0; tree < count; tree++) {
      let node = 0
      while (node < inner) {
        const at = tree * inner + node
        const value = values[row * columns + features[at]!]!
        node = keyOf(value) > lefts[at]! ? 2 * node + 2 : 2 * node + 1
      }
      length += paths[tree * (inner + 1) + node - inner]!
    }
    return 2 ** (-length / count / usualPath)
  })
}
