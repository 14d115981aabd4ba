import { parentPort } from 'node:worker_threads'
import { toMatrix, usualOf } from '../features'
import { trainEnsemble } from './ensemble'
import { explain } from './explanation'
import { type LearnedModel, packModel, unpackModel } from './learned-model'
import type { Answered, Asked, LearnedScores, ScoringTask, Trained, TrainingTask } from './thread'
import { trainingRows } from './training'

// The thread in which everything learned is trained and scored; `LearnedThread` is its other side.

/** The model that was scored with last; one champion judges many hours. */
let last: { bytes: Uint8Array; model: LearnedModel } | undefined

async function train({ detectors, observed, seed, clean }: TrainingTask): Promise<Trained> {
  const usual = usualOf(observed)
  const rows = trainingRows(toMatrix(observed, usual))
  const { failures, ...ensemble } = await trainEnsemble(detectors, rows, { seed, clean })
  return {
    model: packModel({ usual, ensemble, trainedOn: rows.rows }),
    detectors: ensemble.members.map(({ name }) => name),
    failures,
    trainedOn: rows.rows,
  }
}

async function score({ model, observed, explainFrom }: ScoringTask): Promise<LearnedScores> {
  if (!last || Buffer.compare(last.bytes, model) !== 0) {
    last = { bytes: model, model: await unpackModel(model) }
  }
  const { usual, ensemble, trainedOn } = last.model
  const matrix = toMatrix(observed, usual)
  const scores = ensemble.score(matrix)
  return {
    scores,
    contributions: explain(matrix, scores, usual.median, ensemble.score, explainFrom),
    usual,
    detectors: ensemble.members.map(({ name }) => name),
    trainedOn,
  }
}

function answer(asked: Asked): Promise<Trained | LearnedScores> {
  return 'train' in asked ? train(asked.train) : score(asked.score)
}

parentPort!.on('message', async (asked: Asked) => {
  try {
    const done = await answer(asked)
    const handedOver = 'scores' in done ? [done.scores.buffer as ArrayBuffer] : []
    parentPort!.postMessage({ done } satisfies Answered, handedOver)
  } catch (error) {
    const refused = error instanceof Error ? error.message : String(error)
    parentPort!.postMessage({ refused } satisfies Answered)
  }
})
