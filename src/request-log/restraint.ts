import { setTimeout as sleep } from 'node:timers/promises'

/** So many times as long as it works a thread rests that leaves the processor to others. */
const REST_PER_WORK = 20
/** Rows may not be late for long. */
const LONGEST_REST_MS = 1_000

/**
 * How a thread in the background leaves the processor to requests while they need all of it: it
 * rests between pieces of its work, unless there is much of it. Priorities of threads would do the
 * same, but only on Linux, and whoever has lowered its own may not raise it again.
 */
export class Restraint {
  readonly #hasMuch: () => boolean
  #othersAreBusy = false

  constructor(hasMuch: () => boolean) {
    this.#hasMuch = hasMuch
  }

  /** Whether others need the processor, until told otherwise. */
  heed(othersAreBusy: boolean): void {
    this.#othersAreBusy = othersAreBusy
  }

  /** Rests after so much work, as long as it should. */
  async rest(workedMs: number): Promise<void> {
    const end = performance.now() + Math.min(workedMs * REST_PER_WORK, LONGEST_REST_MS)
    while (this.#othersAreBusy && !this.#hasMuch() && performance.now() < end) await sleep(50)
  }
}
