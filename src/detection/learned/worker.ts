import { parentPort } from 'node:worker_threads'
import { toMatrix } from '../features'
import { tryChallenger } from './challenge'
import { explain } from './explanation'
import { type LearnedModel, packModel, unpackModel } from './learned-model'
import type {
  Answered,
  Asked,
  Challenged,
  ChallengeTask,
  LearnedScores,
  ScoringTask,
  Trained,
  TrainingTask,
} from './thread'
import { trainModel } from './training'

// The thread in which everything learned is trained and scored; `LearnedThread` is its other side.

/** The model that was scored with last; one champion judges many hours. */
let last: { bytes: Uint8Array; model: LearnedModel } | undefined

async function train(task: TrainingTask): Promise<Trained> {
  const { failures, ...model } = await trainModel(task)
  return trainedOf(model, failures)
}

async function challenge({ incumbents, prototypes, ...task }: ChallengeTask): Promise<Challenged> {
  const { failures, ...challenger } = await trainModel(task)
  const readable = (await Promise.allSettled(incumbents.map(unpackModel))).flatMap((unpacked) =>
    unpacked.status === 'fulfilled' ? [unpacked.value] : [],
  )
  const { observed: baseline, seed } = task
  const verdict = tryChallenger({ challenger, incumbents: readable, baseline, prototypes, seed })
  return { ...trainedOf(challenger, failures), verdict }
}

function trainedOf(model: LearnedModel, failures: string[]): Trained {
  return {
    model: packModel(model),
    detectors: model.ensemble.members.map(({ name }) => name),
    failures,
    trainedOn: model.trainedOn,
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
  if ('train' in asked) return train(asked.train)
  return 'challenge' in asked ? challenge(asked.challenge) : score(asked.score)
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
