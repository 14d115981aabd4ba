import { randomBytes } from 'node:crypto'
import type { Knex } from 'knex'
import { dayOf } from './partitions'

const DAY_MS = 86_400_000
const HOUR_MS = 3_600_000
const KEY_BYTES = 32

/**
 * The keys of pseudonyms: one per UTC day, made by whichever instance needs it first, the same for
 * all. A day's key is deleted `keptHours` after the day has ended; from then on its pseudonyms
 * cannot be traced back to addresses, by nobody (GDPR, recital 26).
 */
export class PseudonymKeys {
  readonly #knex: Knex
  readonly #keptHours: number
  readonly #known = new Map<number, Uint8Array>()

  constructor(knex: Knex, keptHours: number) {
    this.#knex = knex
    this.#keptHours = keptHours
  }

  /**
   * The keys for requests at `timestamps` (milliseconds), by the day as `dayOf` gives it. A day whose
   * key is gone, or which has not come, is served by today's: an old key is never made anew.
   */
  async forDays(timestamps: Iterable<number>, now = Date.now()): Promise<Map<number, Uint8Array>> {
    const today = dayOf(now)
    for (const day of this.#known.keys()) if (!this.#isKept(day, now)) this.#known.delete(day)

    const keys = new Map<number, Uint8Array>()
    for (const timestamp of timestamps) {
      const day = dayOf(timestamp)
      if (keys.has(day)) continue
      keys.set(day, await this.#keyOf(this.#isKept(day, now) ? day : today))
    }
    return keys
  }

  #isKept(day: number, now: number): boolean {
    return day <= dayOf(now) && now < endOf(day, this.#keptHours)
  }

  async #keyOf(day: number): Promise<Uint8Array> {
    const known = this.#known.get(day)
    if (known) return known
    const { rows } = await this.#knex.raw<{ rows: { key: Buffer }[] }>(
      `with made as (
         insert into pseudonym_keys (day, key) values (?::date, ?)
             on conflict (day) do update set key = pseudonym_keys.key
         returning key)
       select key from made`,
      [new Date(day).toISOString().slice(0, 10), randomBytes(KEY_BYTES)],
    )
    const key = rows[0]!.key
    this.#known.set(day, key)
    return key
  }
}

/** Every key that has not been deleted. */
export async function keptKeys(knex: Knex): Promise<Uint8Array[]> {
  const { rows } = await knex.raw<{ rows: { key: Buffer }[] }>(
    'select key from pseudonym_keys order by day',
  )
  return rows.map(({ key }) => key)
}

/** Deletes the keys whose time is over; answers how many. */
export async function forgetKeys(knex: Knex, keptHours: number, now: Date): Promise<number> {
  const lastKept = dayOf(now.getTime() - keptHours * HOUR_MS - DAY_MS)
  return knex('pseudonym_keys')
    .where('day', '<=', new Date(lastKept).toISOString().slice(0, 10))
    .delete()
}

function endOf(day: number, keptHours: number): number {
  return day + DAY_MS + keptHours * HOUR_MS
}
