/** The learned detectors one can choose from (setting `DETECTORS`). */
export const DETECTOR_NAMES = ['forest', 'ml-isolation-forest', 'autoencoder'] as const
export type DetectorName = (typeof DETECTOR_NAMES)[number]

/** Numbers in rows (one per address) and columns (one per feature), row after row. */
export interface Matrix {
  readonly rows: number
  readonly columns: number
  readonly values: Float64Array
}

/** What a detector has learned: how odd each row is, on the model's own scale, more is odder. */
export interface Model {
  score(matrix: Matrix): Float64Array
}

/**
 * Learns what is usual from rows without labels.
 *
 * Training and scoring are apart so that the rows to learn from need not be the rows to judge.
 * `train` keeps nothing between two calls; it rejects when it cannot work on this machine.
 */
export interface Detector {
  readonly name: DetectorName
  train(usual: Matrix, seed: number): Promise<Model>
}

/** The rows of a matrix with these numbers, in this order, as a matrix of their own. */
export function pickRows({ columns, values }: Matrix, numbers: ArrayLike<number>): Matrix {
  const picked = new Float64Array(numbers.length * columns)
  for (let i = 0; i < numbers.length; i++) {
    const start = numbers[i]! * columns
    picked.set(values.subarray(start, start + columns), i * columns)
  }
  return { rows: numbers.length, columns, values: picked }
}
