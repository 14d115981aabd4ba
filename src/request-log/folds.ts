import type { Knex } from 'knex'
import { addressRollups } from '../../models/address-rollup'
import type { Window } from './windows'

const HOUR_MS = 3_600_000

/** An hour with fewer new rows than this is read quickly as it is. */
const FEWEST_ROWS = 80_000
/** Hours in mind; more are in the works only while old logs are loaded. */
const MOST_HOURS = 1_000

interface Hour {
  /** Rows of this writer since it last folded the hour. */
  added: number
  /** Rows that the hour had then. */
  folded: number
}

/**
 * Keeps the rows of an hour near the number of its addresses, however many batches there are: an
 * hour is folded whenever as many rows have come as it had after the last time, so that a row is
 * written anew about twice in all.
 */
export class Folds {
  readonly #hours = new Map<number, Hour>()

  /** Notes roll-ups that were appended. */
  added(windows: readonly Window[]): void {
    if (this.#hours.size > MOST_HOURS) this.#hours.clear()
    for (const { windowStart, rollUps } of windows) {
      const start = Math.floor(windowStart / HOUR_MS) * HOUR_MS
      const hour = this.#hours.get(start) ?? { added: 0, folded: 0 }
      hour.added += rollUps
      this.#hours.set(start, hour)
    }
  }

  /** Folds the hours for which it is time. */
  async foldDue(knex: Knex): Promise<void> {
    for (const [start, hour] of this.#hours) {
      if (hour.added < Math.max(FEWEST_ROWS, hour.folded)) continue
      hour.added = 0
      hour.folded = await addressRollups.fold(knex, new Date(start))
    }
  }
}
