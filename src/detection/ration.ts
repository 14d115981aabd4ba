/**
 * Keeps work to a share of the time: work that took long is not due again for long, however fast the
 * machine, the database, or what has to be done.
 */
export class Ration {
  readonly #share: number
  #dueAt = 0

  /** `share` of the time, 0 to 1. */
  constructor(share: number) {
    this.#share = share
  }

  get isDue(): boolean {
    return performance.now() >= this.#dueAt
  }

  /** Does the work, and counts its time, also when it fails. */
  async spend<Result>(work: () => Promise<Result>): Promise<Result> {
    const startedAt = performance.now()
    try {
      return await work()
    } finally {
      const endedAt = performance.now()
      const restMs = (endedAt - startedAt) * (1 / this.#share - 1)
      this.#dueAt = Math.max(this.#dueAt, endedAt) + restMs
    }
  }
}
