/** The learned detectors one can choose from (setting `DETECTORS`). */
export const DETECTOR_NAMES = [
  'forest',
  'mahalanobis',
  'ml-isolation-forest',
  'autoencoder',
] as const
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
  /** All it takes to score, and no row that it was trained on. */
  pack(): Uint8Array
}

export interface Training {
  /** The same seed gives the same model, where the detector promises that. */
  seed: number
  /** The rows come from a baseline of which attacks were left out. */
  clean: boolean
}

/**
 * Learns what is usual from rows without labels.
 *
 * Training and scoring are apart so that the rows to learn from need not be the rows to judge.
 * `train` keeps nothing between two calls; it rejects when it cannot work on this machine, as does
 * `unpack`, which also rejects what `pack` has not made.
 */
export interface Detector {
  readonly name: DetectorName
  train(usual: Matrix, training: Training): Promise<Model>
  unpack(bytes: Uint8Array): Promise<Model>
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
