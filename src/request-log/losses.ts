import type { Logger } from '../platform/logger'

/**
 * Counts records that are lost, and tells: at once when it begins, then at every `look` how many
 * there are by now, and when it is over.
 */
export class Losses {
  readonly #log: Pick<Logger, 'error' | 'warn'>
  #total = 0
  #told = 0
  #goOn = false
  #reason: unknown

  constructor(log: Pick<Logger, 'error' | 'warn'>) {
    this.#log = log
  }

  /** Since the start. */
  get total(): number {
    return this.#total
  }

  /** Whether records were lost since the last look, or before it. */
  get goOn(): boolean {
    return this.#goOn
  }

  /** Notes so many records; none when the spool cannot take any, though none has come. */
  note(records: number, reason?: unknown): void {
    this.#total += records
    this.#reason = reason ?? this.#reason
    if (!this.#goOn) this.#tell()
    this.#goOn = true
  }

  /** Tells what has not been told; to be called every few seconds. */
  look(): void {
    const more = this.#total > this.#told
    if (more) this.#tell()
    else if (this.#goOn) {
      this.#log.warn({ dropped: this.#total }, 'request log: no more records are lost')
    }
    this.#goOn = more
  }

  #tell(): void {
    this.#told = this.#total
    const facts = { error: this.#reason, dropped: this.#total }
    this.#log.error(facts, 'request log: records are lost')
  }
}
