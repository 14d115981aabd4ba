import type { LineParser } from '../access-log/format'
import { dayOf } from '../request-log/partitions'

const DAY_MS = 86_400_000

/** As long as the retention keeps a day that is too old for it after its last row, and some more. */
const KEPT_MS = 26 * 3_600_000

/** More than a year of a log at once; each day takes two tables of the database for as long as it is kept. */
const MOST_OLD_DAYS = 400

/**
 * Bounds how many days may be kept at a time that are older than the retention: whoever sends logs
 * chooses the times in them, and each day becomes tables of its own.
 */
export class OldDays {
  readonly #retentionMs: number
  readonly #most: number
  /** When each was taken last, the longest ago first; in milliseconds. */
  readonly #taken = new Map<number, number>()

  constructor(retentionDays: number, most = MOST_OLD_DAYS) {
    this.#retentionMs = retentionDays * DAY_MS
    this.#most = most
  }

  /** Refuses what `parse` reads when its day would be one too many. */
  bound(parse: LineParser): LineParser {
    return (line) => {
      const entry = parse(line)
      if (typeof entry !== 'object' || this.#take(entry.timestamp, Date.now())) return entry
      return `no more than ${this.#most} days older than RETENTION_DAYS are kept at a time; scripts/ingest-log.ts takes any number`
    }
  }

  #take(timestamp: number, now: number): boolean {
    if (timestamp >= now - this.#retentionMs) return true
    const day = dayOf(timestamp)
    if (!this.#taken.delete(day) && !this.#hasRoom(now)) return false
    this.#taken.set(day, now)
    return true
  }

  #hasRoom(now: number): boolean {
    for (const [day, takenAt] of this.#taken) {
      if (takenAt > now - KEPT_MS) break
      this.#taken.delete(day)
    }
    return this.#taken.size < this.#most
  }
}
