import type { Knex } from 'knex'
import type { DetectorName } from './detector'
import { FEATURE_SET } from './feature-set'
import type { Trained } from './thread'

/** How far back models are kept for challengers to be compared with. */
const KEPT = "interval '7 days'"
/** A champion that nothing could replace for so long does not know the site any more. */
const LONGEST_REIGN = "interval '30 days'"

/** The models of this site: of all instances, the newest judges. */
export class Champions {
  readonly #knex: Knex
  readonly #kind: { detectors: string; features: string }
  #known?: { id: number; model: Uint8Array }

  /** Models of other detectors, or of a version with other features, are as if not there. */
  constructor(knex: Knex, detectors: readonly DetectorName[]) {
    this.#knex = knex
    this.#kind = { detectors: detectors.join(), features: FEATURE_SET }
  }

  /** The model that judges now, read when there is a new one; undefined when there is none. */
  async champion(): Promise<Uint8Array | undefined> {
    const newest = await this.#knex('learned_models').where(this.#kind).max('id as id').first()
    if (!newest?.id) return undefined
    const id = Number(newest.id)
    if (this.#known?.id !== id) {
      const found = await this.#knex('learned_models').where({ id }).first('model')
      this.#known = found && { id, model: Uint8Array.from(found.model) }
    }
    return this.#known?.model
  }

  /** Those that a challenger is compared with: the newest, and the oldest that is kept. */
  async incumbents(): Promise<Uint8Array[]> {
    const { rows } = await this.#knex.raw<{ rows: { model: Buffer }[] }>(
      `select model from learned_models
        where detectors = :detectors and features = :features
          and made_at > now() - ${LONGEST_REIGN}
          and id in (select max(id) from learned_models
                      where detectors = :detectors and features = :features
                      union
                     select min(id) from learned_models
                      where detectors = :detectors and features = :features
                        and made_at > now() - ${KEPT})
        order by id desc`,
      this.#kind,
    )
    return rows.map(({ model }) => Uint8Array.from(model))
  }

  /** From now on this model judges. */
  async promote({ model, trainedOn }: Trained): Promise<void> {
    await this.#knex.transaction(async (trx) => {
      await trx('learned_models').insert({
        ...this.#kind,
        trained_on: trainedOn,
        model: Buffer.from(model),
      })
      await trx.raw(
        `delete from learned_models
          where made_at < now() - ${KEPT} and id < (select max(id) from learned_models)`,
      )
    })
  }
}
