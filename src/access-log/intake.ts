import { visible } from '../net/visible'
import type { LogEntry } from '../request-log/entry'
import type { LineParser } from './format'

const SHOWN_REJECTIONS = 10
const SHOWN_CHARACTERS = 200

/** A line that is not an entry: its number, counted from 1, why, and how it begins. */
export interface Rejection {
  line: number
  reason: string
  text: string
}

/**
 * Takes lines in, entry by entry, and counts. A bad line never stops the rest; blank ones, and
 * those about the log itself, are passed over.
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
  readonly #record: (entries: LogEntry[]) => boolean

  /** `record` keeps all entries or none, and says which. */
  constructor(parse: LineParser, record: (entries: LogEntry[]) => boolean) {
    this.#parse = parse
    this.#record = record
  }

  /** False when the entries of these lines could not be kept; then none of them is accepted. */
  take(lines: string[]): boolean {
    const entries: LogEntry[] = []
    for (const line of lines) {
      this.lines++
      if (line.trim() === '') continue
      const entry = this.#parse(line)
      if (typeof entry === 'string') this.#reject(line, entry)
      else if (entry !== undefined) entries.push(entry)
    }
    if (!this.#record(entries)) return false
    this.accepted += entries.length
    for (const { timestamp } of entries) {
      if (timestamp < this.since) this.since = timestamp
      if (timestamp > this.until) this.until = timestamp
    }
    return true
  }

  #reject(line: string, reason: string): void {
    this.rejected++
    if (this.firstRejected.length === SHOWN_REJECTIONS) return
    // It may be shown on a terminal, which obeys control characters.
    const text = visible(line.slice(0, SHOWN_CHARACTERS))
    this.firstRejected.push({ line: this.lines, reason, text })
  }
}
