import type { LogEntry } from '../request-log/request-log'

const SHOWN_REJECTIONS = 10
const SHOWN_CHARACTERS = 200

/** A line that is not an entry: its number, counted from 1, why, and how it begins. */
export interface Rejection {
  line: number
  reason: string
  text: string
}

/** Reads one line: its entry, or the reason why it is none. */
export type LineParser = (line: string) => LogEntry | string

/**
 * Takes lines in, entry by entry, and counts. A bad line never stops the rest; blank ones are
 * passed over.
 */
export class Intake {
  accepted = 0
  rejected = 0
  readonly firstRejected: Rejection[] = []
  /** Times of the oldest and the newest entry, in milliseconds since 1970. */
  since = Number.POSITIVE_INFINITY
  until = Number.NEGATIVE_INFINITY
  /** Lines seen, blank ones too. */
  lines = 0

  readonly #parse: LineParser
  readonly #record: (entry: LogEntry) => boolean

  /** `record` says whether it could keep the entry. */
  constructor(parse: LineParser, record: (entry: LogEntry) => boolean) {
    this.#parse = parse
    this.#record = record
  }

  /** False when an entry could not be kept, after which the rest of the lines was not looked at. */
  take(lines: string[]): boolean {
    for (const line of lines) {
      this.lines++
      if (line.trim() === '') continue
      const entry = this.#parse(line)
      if (typeof entry === 'string') this.#reject(line, entry)
      else if (!this.#accept(entry)) return false
    }
    return true
  }

  #accept(entry: LogEntry): boolean {
    if (!this.#record(entry)) return false
    this.accepted++
    if (entry.timestamp < this.since) this.since = entry.timestamp
    if (entry.timestamp > this.until) this.until = entry.timestamp
    return true
  }

  #reject(line: string, reason: string): void {
    this.rejected++
    if (this.firstRejected.length === SHOWN_REJECTIONS) return
    // It may be shown on a terminal, which obeys control characters.
    const text = line.slice(0, SHOWN_CHARACTERS).replace(/\p{C}/gu, '\u00b7')
    this.firstRejected.push({ line: this.lines, reason, text })
  }
}
