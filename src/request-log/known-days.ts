import type { Knex } from 'knex'
import { dayOf, daysAhead, ensurePartitions } from './partitions'
import type { Window } from './windows'

const AHEAD_EVERY_MS = 3_600_000

/** The days whose partitions were there when they were last needed: each is asked for once. */
export class KnownDays {
  readonly #knex: Knex
  readonly #days = new Set<number>()
  #aheadAt = Number.NEGATIVE_INFINITY

  constructor(knex: Knex) {
    this.#knex = knex
  }

  /** Makes the partitions of the next days, once an hour. */
  async makeAhead(): Promise<void> {
    if (performance.now() - this.#aheadAt < AHEAD_EVERY_MS) return
    await ensurePartitions(this.#knex, daysAhead())
    this.#aheadAt = performance.now()
  }

  /** Makes those that `windows` need and that are not known. */
  async ensure(windows: readonly Window[]): Promise<void> {
    const missing = new Set<number>()
    for (const { windowStart } of windows) {
      const day = dayOf(windowStart)
      if (!this.#days.has(day)) missing.add(day)
    }
    if (missing.size === 0) return
    await ensurePartitions(this.#knex, missing)
    for (const day of missing) this.#days.add(day)
  }
}
