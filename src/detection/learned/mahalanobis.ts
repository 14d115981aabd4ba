import type { Detector, Matrix, Model } from './detector'
import { finite } from './finite'
import { joinParts, splitParts } from './parts'

/** Added to each variance, in the squared units of features (logarithms and shares): 0.05². */
const LEAST_VARIANCE = 0.0025
/** How far correlations are drawn towards none: few rows show many that are chance. */
const RIDGE = 0.1

/** What was learned: where the middle is, and how far a deviation reaches. */
interface Spread {
  mean: Float64Array
  unit: Float64Array
  /** The lower Cholesky factor of the correlations, row after row. */
  factor: Float64Array
}

/**
 * Distance from the mean in units of the spread, with correlations (Mahalanobis 1936), ridged: it
 * sees combinations that a forest, which looks at one feature at a time, does not. The score is
 * log(1 + d²/columns). The same rows give the same scores, whatever the seed.
 */
export const mahalanobis: Detector = {
  name: 'mahalanobis',
  async train(usual) {
    return modelOf(spreadOf(usual))
  },
  async unpack(bytes) {
    return modelOf(splitParts(bytes).arrays as unknown as Spread)
  },
}

function modelOf(spread: Spread): Model {
  return {
    score: (rows) => distances(spread, rows),
    pack: () => joinParts({ facts: {}, arrays: { ...spread } }),
  }
}

function spreadOf({ rows, columns, values }: Matrix): Spread {
  const mean = new Float64Array(columns)
  for (let i = 0; i < rows * columns; i++) mean[i % columns]! += finite(values[i]!) / rows
  const products = new Float64Array(columns * columns)
  const deviation = new Float64Array(columns)
  for (let row = 0; row < rows; row++) {
    for (let c = 0; c < columns; c++) {
      deviation[c] = finite(values[row * columns + c]!) - mean[c]!
      for (let b = 0; b <= c; b++)
        products[c * columns + b]! += (deviation[c]! * deviation[b]!) / rows
    }
  }
  const unit = mean.map((_, c) => Math.sqrt(products[c * columns + c]! + LEAST_VARIANCE))
  const factor = new Float64Array(columns * columns)
  for (let c = 0; c < columns; c++) {
    for (let b = 0; b < c; b++) {
      factor[c * columns + b] = ((1 - RIDGE) * products[c * columns + b]!) / (unit[c]! * unit[b]!)
    }
    factor[c * columns + c] = 1
  }
  return { mean, unit, factor: cholesky(factor, columns) }
}

/** In place, of the lower half of a matrix that the ridge has made positive definite. */
function cholesky(matrix: Float64Array, size: number): Float64Array {
  for (let c = 0; c < size; c++) {
    for (let b = 0; b <= c; b++) {
      let rest = matrix[c * size + b]!
      for (let k = 0; k < b; k++) rest -= matrix[c * size + k]! * matrix[b * size + k]!
      matrix[c * size + b] = c === b ? Math.sqrt(rest) : rest / matrix[b * size + b]!
    }
  }
  return matrix
}

function distances({ mean, unit, factor }: Spread, { rows, columns, values }: Matrix) {
  const scores = new Float64Array(rows)
  const solved = new Float64Array(columns)
  for (let row = 0; row < rows; row++) {
    let squares = 0
    for (let c = 0; c < columns; c++) {
      let rest = (finite(values[row * columns + c]!) - mean[c]!) / unit[c]!
      for (let k = 0; k < c; k++) rest -= factor[c * columns + k]! * solved[k]!
      solved[c] = rest / factor[c * columns + c]!
      squares += solved[c]! ** 2
    }
    scores[row] = Math.log1p(squares / columns)
  }
  return scores
}
