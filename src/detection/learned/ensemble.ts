import { autoencoder } from './autoencoder'
import { calibrate } from './calibration'
import type { Detector, DetectorName, Matrix, Model, Training } from './detector'
import { forest } from './forest'
import { mahalanobis } from './mahalanobis'
import { mlIsolationForest } from './ml-isolation-forest'

export const DETECTORS: Record<DetectorName, Detector> = {
  forest,
  mahalanobis,
  'ml-isolation-forest': mlIsolationForest,
  autoencoder,
}

/** With fewer rows than this, correlations are hardly known. */
const ROWS_OF_FULL_WEIGHT = 256

/** A trained detector with what makes its scores comparable. */
export interface Member {
  readonly name: DetectorName
  /** Its part in the common score, among those of the others. */
  readonly weight: number
  readonly model: Model
  /** What it gives to the rows it was trained on, in no order. */
  readonly usualScores: Float64Array
}

/** Trained detectors as one: the weighted mean of their calibrated scores. */
export interface Ensemble {
  readonly members: readonly Member[]
  /** Calibrated, 0 to 1 (see `calibrate`). */
  score(matrix: Matrix): Float64Array
}

/**
 * Trains the named detectors on the same rows; one that fails is left out and named in `failures`,
 * one sentence each. Rejects when none is left.
 */
export async function trainEnsemble(
  names: readonly DetectorName[],
  usual: Matrix,
  training: Training,
): Promise<Ensemble & { failures: string[] }> {
  const members: Member[] = []
  const failures: string[] = []
  for (const name of names) {
    try {
      const model = await DETECTORS[name].train(usual, training)
      const usualScores = model.score(usual)
      members.push({ name, weight: weightOf(name, usual.rows), model, usualScores })
    } catch (error) {
      failures.push(`${name}: ${error instanceof Error ? error.message : error}`)
    }
  }
  if (members.length === 0) throw new Error(`no detector works: ${failures.join('; ')}`)
  return { ...ensembleOf(members), failures }
}

/** Detectors that are trained already, as one. */
export function ensembleOf(members: readonly Member[]): Ensemble {
  const total = members.reduce((sum, { weight }) => sum + weight, 0)
  const calibrated = members.map(({ usualScores }) => calibrate(usualScores))
  return {
    members,
    score(matrix) {
      const mean = new Float64Array(matrix.rows)
      members.forEach(({ model, weight }, nth) => {
        const scores = model.score(matrix)
        for (let row = 0; row < scores.length; row++) {
          mean[row]! += (calibrated[nth]!(scores[row]!) * weight) / total
        }
      })
      return mean
    },
  }
}

function weightOf(name: DetectorName, rows: number): number {
  return name === 'mahalanobis' ? Math.min(1, rows / ROWS_OF_FULL_WEIGHT) : 1
}
