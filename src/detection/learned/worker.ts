import { parentPort } from 'node:worker_threads'
import { trainEnsemble } from './ensemble'
import { explain } from './explanation'
import type { LearnedScores, Question } from './thread'
import { trainingRows } from './training'

// The thread in which everything learned is trained and scored; `LearnedThread` is its other side.

async function answer({ detectors, training, matrix, usual, seed, explainFrom }: Question) {
  const rows = trainingRows(training)
  const ensemble = await trainEnsemble(detectors, rows, seed)
  const scores = ensemble.score(matrix)
  const answered: LearnedScores = {
    detectors: ensemble.names,
    failures: ensemble.failures,
    trainedOn: rows.rows,
    scores,
    contributions: explain(matrix, scores, usual, ensemble.score, explainFrom),
  }
  parentPort!.postMessage(answered, [scores.buffer as ArrayBuffer])
}

// A rejection ends the thread with an 'error' event, which the other side waits for.
parentPort!.on('message', (question: Question) => void answer(question))
