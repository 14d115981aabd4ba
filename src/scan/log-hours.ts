import { HOUR_MS } from '../detection/hour/in-database'
import { HourInMemory } from '../detection/hour/in-memory'
import type { Tally } from '../detection/hour/tally'
import type { LogEntry } from '../request-log/entry'
import { Traits } from '../request-log/traits'

/** One hour of a log, counted. */
export interface LoggedHour {
  hour: Date
  tallies: Tally[]
}

/**
 * The requests of logs, counted by hour and address while they are read. Files may come in any order;
 * the lines of each roughly in that of time. Memory grows with the addresses of each hour, not
 * with the lines.
 */
export class LogHours {
  readonly #traits: Traits
  readonly #hours = new Map<number, HourInMemory>()

  constructor(sensitivePaths: readonly string[]) {
    this.#traits = new Traits(sensitivePaths)
  }

  add(entries: readonly LogEntry[]): void {
    for (const entry of entries) {
      const start = Math.floor(entry.timestamp / HOUR_MS) * HOUR_MS
      let hour = this.#hours.get(start)
      if (!hour) {
        hour = new HourInMemory(this.#traits)
        this.#hours.set(start, hour)
      }
      hour.add(entry)
    }
  }

  /** Hands out what was counted, the oldest hour first, and forgets it. */
  take(): LoggedHour[] {
    const starts = [...this.#hours.keys()].sort((a, b) => a - b)
    return starts.map((start) => {
      const tallies = this.#hours.get(start)!.tallies()
      this.#hours.delete(start)
      return { hour: new Date(start), tallies }
    })
  }
}
