import type { Detector, DetectorName, Matrix } from '../detector'
import { autoencoder } from './autoencoder'
import { calibrate } from './calibration'
import { forest } from './forest'
import { mlIsolationForest } from './ml-isolation-forest'

const DETECTORS: Record<DetectorName, Detector> = {
  forest,
  'ml-isolation-forest': mlIsolationForest,
  autoencoder,
}

/** The trained detectors as one: the mean of their calibrated scores. */
export interface Ensemble {
  /** Those that take part. */
  readonly names: DetectorName[]
  /** Why the others do not, one sentence each. */
  readonly failures: string[]
  /** Calibrated, 0 to 1 (see `calibrate`). */
  score(matrix: Matrix): Float64Array
}

/**
 * Trains the named detectors on the same rows; one that fails is left out and named. Rejects when
 * none is left.
 */
export async function trainEnsemble(
  names: readonly DetectorName[],
  usual: Matrix,
  seed: number,
): Promise<Ensemble> {
  const trained: { name: DetectorName; score(matrix: Matrix): Float64Array }[] = []
  const failures: string[] = []
  for (const name of names) {
    try {
      const model = await DETECTORS[name].train(usual, seed)
      const calibrated = calibrate(model.score(usual))
      trained.push({ name, score: (matrix) => model.score(matrix).map(calibrated) })
    } catch (error) {
      failures.push(`${name}: ${error instanceof Error ? error.message : error}`)
    }
  }
  if (trained.length === 0) throw new Error(`no detector works: ${failures.join('; ')}`)
  return {
    names: trained.map(({ name }) => name),
    failures,
    score(matrix) {
      const mean = new Float64Array(matrix.rows)
      for (const { score } of trained) {
        score(matrix).forEach((value, row) => {
          mean[row]! += value / trained.length
        })
      }
      return mean
    },
  }
}
