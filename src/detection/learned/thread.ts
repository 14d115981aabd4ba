import path from 'node:path'
import { startThread } from '../../platform/thread'
import type { DetectorName, Matrix } from '../detector'
import type { Contribution } from './explanation'

const WORKER = path.join(__dirname, 'worker')

/** What the thread is asked. */
export interface Question {
  detectors: readonly DetectorName[]
  /** The rows to learn from and to judge. */
  matrix: Matrix
  /** The usual value of each feature, in the matrix's units. */
  usual: Float64Array
  seed: number
  /** Rows that score at least this are explained. */
  explainFrom: number
}

/** What the thread answers. */
export interface LearnedScores {
  /** Those that took part. */
  detectors: DetectorName[]
  /** Why others did not, one sentence each. */
  failures: string[]
  /** How many rows were learned from. */
  trainedOn: number
  /** One per row, 0 to 1, calibrated: 0.5 is as odd as one in a hundred. */
  scores: Float64Array
  /** What counted most, by row. */
  contributions: Map<number, Contribution[]>
}

/**
 * Trains and scores in a thread of its own, which lives for this one question.
 * Rejects when the thread fails, or has not answered within `timeoutMs`; it is ended in any case.
 */
export async function askThread(
  question: Question,
  timeoutMs: number,
  worker: string = WORKER,
): Promise<LearnedScores> {
  const thread = startThread(worker, question)
  let timer: NodeJS.Timeout | undefined
  try {
    return await new Promise<LearnedScores>((resolve, reject) => {
      thread.once('message', resolve)
      thread.once('error', reject)
      thread.once('exit', (code) => reject(new Error(`the thread ended with code ${code}`)))
      timer = setTimeout(() => reject(new Error(`no answer within ${timeoutMs} ms`)), timeoutMs)
    })
  } finally {
    clearTimeout(timer)
    await thread.terminate()
  }
}
