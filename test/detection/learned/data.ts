import { FEATURES } from '../../../src/detection/features'
import type { Matrix } from '../../../src/detection/learned/detector'
import { seededRandom } from '../../../src/detection/learned/random'

/** Rows as a matrix. */
export function matrixOf(rows: readonly (readonly number[])[]): Matrix {
  return {
    rows: rows.length,
    columns: rows[0]?.length ?? 0,
    values: Float64Array.from(rows.flat()),
  }
}

/** Rows of normally distributed numbers, the same at every call. */
export function crowd(rows: number, columns: number, seed = 1): number[][] {
  const random = seededRandom(seed)
  // Box and Muller
  const normal = () => Math.sqrt(-2 * Math.log(1 - random())) * Math.cos(2 * Math.PI * random())
  return Array.from({ length: rows }, () => Array.from({ length: columns }, normal))
}

/**
 * Visitors as `observe` writes them down, the same at every call: a few requests each, and rarely
 * anything that a rule would mind. Those that are `odd` show all of it, in numbers.
 */
export function observedCrowd(
  rows: number,
  { odd = [], seed = 1 }: { odd?: readonly number[]; seed?: number } = {},
): Matrix {
  const random = seededRandom(seed)
  const isOdd = new Set(odd)
  const values = Array.from({ length: rows }, (_, row) => {
    const requests = isOdd.has(row) ? 90 : 1 + Math.floor(20 * random() ** 3)
    return FEATURES.flatMap(({ of }) => {
      const share = isOdd.has(row) ? 0.9 : random() ** 8
      return of ? [share * requests, requests] : [requests * (1 + random()), 0]
    })
  })
  return matrixOf(values)
}

/** The chance that a random row of `odd` scores above a random other row; ties count half. */
export function auc(scores: Float64Array, odd: (row: number) => boolean): number {
  const rows = Array.from(scores.keys())
  const [positives, negatives] = [rows.filter(odd), rows.filter((row) => !odd(row))]
  let wins = 0
  for (const p of positives) {
    for (const n of negatives) {
      wins += scores[p]! > scores[n]! ? 1 : scores[p]! === scores[n]! ? 0.5 : 0
    }
  }
  return wins / positives.length / negatives.length
}
