import type { Logger } from '../platform/logger'

/** Rows that an address keeps per minute when a flood begins; halved while that is not enough. */
const FIRST_ALLOWANCE = 64
/** A flood is over when only this share of the bytes waits with which it began. */
const OVER = 1 / 4

/**
 * Decides when the rows of loud addresses are sampled: while more is recorded than the database
 * takes. What has only gathered while the database was away is no flood, for it gets less.
 */
export class Flood {
  readonly #startBytes: number
  readonly #log: Pick<Logger, 'warn'>
  #allowance = Number.POSITIVE_INFINITY
  /** How many bytes waited when something had been written last; unknown after a failure. */
  #lastBytes: number | undefined
  #leftOut = 0

  /** No flood begins before `startBytes` wait. */
  constructor(startBytes: number, log: Pick<Logger, 'warn'>) {
    this.#startBytes = startBytes
    this.#log = log
  }

  /** Rows that one address may have per minute now; infinite when there is no flood. */
  get allowance(): number {
    return this.#allowance
  }

  /**
   * Looks at how many bytes wait, about twice a second; `wrote`: whether any were written since. One
   * batch may take longer than that, so that bytes are compared from one written batch to another.
   */
  look(bytes: number, wrote: boolean): void {
    const grows = wrote && this.#lastBytes !== undefined && bytes > this.#lastBytes
    if (wrote) this.#lastBytes = bytes
    if (this.#allowance === Number.POSITIVE_INFINITY) {
      if (grows && bytes >= this.#startBytes) this.#begin(bytes)
    } else if (bytes < this.#startBytes * OVER) {
      this.#end()
    } else if (grows) {
      this.#allowance = Math.max(1, this.#allowance >> 1)
    }
  }

  /** The database has not taken what it was given: what gathers meanwhile says nothing. */
  writingFailed(): void {
    this.#lastBytes = undefined
  }

  /** Counts rows that were not kept. */
  leftOut(rows: number): void {
    this.#leftOut += rows
  }

  #begin(spoolBytes: number): void {
    this.#allowance = FIRST_ALLOWANCE
    this.#leftOut = 0
    this.#log.warn(
      { spoolBytes },
      'request log: more comes than the database takes; all is counted, rows of the loudest addresses are sampled',
    )
  }

  #end(): void {
    this.#allowance = Number.POSITIVE_INFINITY
    this.#log.warn(
      { rowsNotKept: this.#leftOut },
      'request log: the database keeps up again; all rows are kept',
    )
  }
}
