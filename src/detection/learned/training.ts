import { toMatrix, usualOf } from '../features'
import { type Matrix, pickRows } from './detector'
import { trainEnsemble } from './ensemble'
import type { LearnedModel } from './learned-model'
import type { TrainingTask } from './thread'

/** Rows that look alike teach nothing new after this many. */
const MOST_ALIKE = 8
/** Values within such a step of each other look alike; features are logarithms and shares. */
const STEP = 0.25

/**
 * A model of what is usual in these rows, and why detectors were left out. A baseline is taken as it
 * is; what rows may be in it, and how many alike, is its own concern.
 */
export async function trainModel({
  detectors,
  observed,
  seed,
  clean,
}: TrainingTask): Promise<LearnedModel & { failures: string[] }> {
  const usual = usualOf(observed)
  const matrix = toMatrix(observed, usual)
  const rows = clean ? matrix : trainingRows(matrix)
  const { failures, ...ensemble } = await trainEnsemble(detectors, rows, { seed, clean })
  return { usual, ensemble, trainedOn: rows.rows, failures }
}

/**
 * The rows to learn from: all, except that of rows that look alike only the first few count. A
 * crowd of identical attackers, however large, thus cannot make itself the usual case.
 */
export function trainingRows(matrix: Matrix): Matrix {
  const { rows, columns, values } = matrix
  const seen = new Map<string, number>()
  const kept: number[] = []
  for (let row = 0; row < rows; row++) {
    const features = values.subarray(row * columns, (row + 1) * columns)
    const looks = features.map((value) => Math.round(value / STEP)).join()
    const alike = seen.get(looks) ?? 0
    seen.set(looks, alike + 1)
    if (alike < MOST_ALIKE) kept.push(row)
  }
  return pickRows(matrix, kept)
}
