import type { Knex } from 'knex'
import type { Tally } from '../hour/tally'
import { FEWEST_ROWS, type Verdict } from './challenge'
import { Champions } from './champions'
import type { DetectorName, Matrix } from './detector'
import { readDismissed, readPrototypes } from './prototypes'
import { teachBaseline } from './stored-baseline'
import type { LearnedThread } from './thread'

const TIMEOUT_MS = 120_000

interface Parts {
  knex: Knex
  detectors: readonly DetectorName[]
  thread: Pick<LearnedThread, 'challenge'>
}

/** What came of learning from an hour, kept with its run. */
export type LearningFacts =
  | { state: 'off' }
  | { state: 'failed'; error: string }
  /** Too few rows yet: until there are enough, an hour is compared with itself. */
  | { state: 'learning'; rows: number; needed: number }
  | ({ state: 'trained'; rows: number; trainedOn: number } & Verdict)

/**
 * What this site has taught, in the database, so that all instances judge by the same: the
 * baseline, the champion that was trained from it, and the challengers that want its place.
 */
export class Learning {
  readonly #parts: Parts
  readonly #champions: Champions

  constructor(parts: Parts) {
    this.#parts = parts
    this.#champions = new Champions(parts.knex, parts.detectors)
  }

  /** The model to judge by; undefined while there is none. */
  async model(): Promise<Uint8Array | undefined> {
    return this.#parts.detectors.length === 0 ? undefined : this.#champions.champion()
  }

  /**
   * Learns from the usual clients of an hour, with the scores that they got, and lets a new model
   * challenge the champion; of who was erased since the hour was read, nothing. Rejects when the database or the thread fails; nothing is lost then but
   * one training.
   */
  async learnFrom(
    hour: Date,
    clients: readonly Tally[],
    scores?: ArrayLike<number>,
    readAt?: number,
  ): Promise<LearningFacts> {
    const { knex, detectors, thread } = this.#parts
    if (detectors.length === 0) return { state: 'off' }
    const baseline = await teachBaseline(knex, hour, clients, scores, readAt)
    const rows = baseline.size
    if (rows < FEWEST_ROWS) return { state: 'learning', rows, needed: FEWEST_ROWS }

    const { verdict, ...trained } = await thread.challenge(
      {
        detectors,
        observed: joined(baseline.rows(), await readDismissed(knex)),
        prototypes: await readPrototypes(knex),
        incumbents: await this.#champions.incumbents(),
        seed: Math.floor(hour.getTime() / 1_000) % 2 ** 31,
        clean: true,
      },
      TIMEOUT_MS,
    )
    if (verdict.promoted) await this.#champions.promote(trained)
    return { state: 'trained', rows, trainedOn: trained.trainedOn, ...verdict }
  }
}

function joined(a: Matrix, b: Matrix): Matrix {
  const values = new Float64Array(a.values.length + b.values.length)
  values.set(a.values)
  values.set(b.values, a.values.length)
  return { rows: a.rows + b.rows, columns: a.columns, values }
}
