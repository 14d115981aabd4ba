import type { Knex } from 'knex'
import type { Tally } from '../hour/tally'
import type { Judgement } from '../judge'
import { Dismissals } from './dismissals'
import { type Excused, Excuses, leaveOutExcused } from './excused'

/** What people have taught by reviewing findings, read once and heeded by whoever judges. */
export class Lessons {
  readonly #knex: Knex
  readonly #excuses: Excuses
  readonly #dismissals: Dismissals

  private constructor(knex: Knex, excuses: Excuses, dismissals: Dismissals) {
    this.#knex = knex
    this.#excuses = excuses
    this.#dismissals = dismissals
  }

  /** As they are now, also for an hour that is past. */
  static async read(knex: Knex): Promise<Lessons> {
    return new Lessons(knex, await Excuses.read(knex), await Dismissals.read(knex))
  }

  /** Before judging: the tallies without the requests that are called normal. */
  leaveOut(hour: Date, tallies: Tally[], sensitivePaths: readonly string[]): Promise<Excused> {
    return leaveOutExcused(this.#knex, hour, tallies, sensitivePaths, this.#excuses)
  }

  /** After judging: nobody is flagged again for what was dismissed. */
  heed(judgements: readonly Judgement[]): Judgement[] {
    return this.#dismissals.heed(judgements)
  }
}
