import type { Matrix } from './detector'

/** Rows explained, the oddest first: more than a person will ever look at. */
const MOST_ROWS = 1_000
const MOST_FEATURES = 6
/** A feature that counts for less than this share of the first one is not worth a sentence. */
const LEAST_SHARE = 0.25

/** How much one feature counts for the score of one row. */
export interface Contribution {
  /** Column of the matrix. */
  feature: number
  /** Its part of the row's score. */
  weight: number
}

/**
 * The features that count most for the score of each odd row, the first first, for rows that score
 * at least `from`. Asks the model only for scores, and so works with any.
 *
 * A feature counts as far as the score falls when it takes its usual value (occlusion), and as far
 * as the score of a wholly usual row rises when this one feature is as odd as here. The second is
 * needed for rows that are odd in many ways at once, which hardly change by losing one.
 */
export function explain(
  matrix: Matrix,
  scores: Float64Array,
  usual: Float64Array,
  score: (matrix: Matrix) => Float64Array,
  from: number,
): Map<number, Contribution[]> {
  const { columns } = matrix
  const odd = Array.from(scores.keys())
    .filter((row) => scores[row]! >= from)
    .sort((a, b) => scores[b]! - scores[a]!)
    .slice(0, MOST_ROWS)

  const usualScore = score({ rows: 1, columns, values: usual })[0]!
  const without = score(variants(matrix, odd, (row, feature) => row.with(feature, usual[feature]!)))
  const alone = score(variants(matrix, odd, (row, feature) => usual.with(feature, row[feature]!)))
  return new Map(
    odd.map((row, nth) => {
      const effects = Array.from({ length: columns }, (_, feature) => {
        const variant = nth * columns + feature
        const fall = scores[row]! - without[variant]!
        const rise = alone[variant]! - usualScore
        return { feature, effect: Math.max(0, fall) + Math.max(0, rise) }
      })
      return [row, strongest(effects, scores[row]!)]
    }),
  )
}

/** Each row once per feature, as `vary` makes it. */
function variants(
  { columns, values }: Matrix,
  rows: number[],
  vary: (row: Float64Array, feature: number) => Float64Array,
): Matrix {
  const varied = new Float64Array(rows.length * columns * columns)
  rows.forEach((number, nth) => {
    const row = values.subarray(number * columns, (number + 1) * columns)
    for (let feature = 0; feature < columns; feature++) {
      varied.set(vary(row, feature), (nth * columns + feature) * columns)
    }
  })
  return { rows: rows.length * columns, columns, values: varied }
}

function strongest(effects: { feature: number; effect: number }[], score: number): Contribution[] {
  const sorted = effects.sort((a, b) => b.effect - a.effect)
  const total = sorted.reduce((sum, { effect }) => sum + effect, 0)
  return sorted
    .slice(0, MOST_FEATURES)
    .filter(({ effect }) => effect > 0 && effect >= LEAST_SHARE * sorted[0]!.effect)
    .map(({ feature, effect }) => ({ feature, weight: (score * effect) / total }))
}
