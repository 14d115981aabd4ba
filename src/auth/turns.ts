/** More work at once than can be done in reasonable time. */
export class TooBusy extends Error {
  override name = 'TooBusy'
}

interface Limits {
  running: number
  /** How much work may wait for its turn. */
  waiting: number
  /** How much more may, of that which goes first. */
  waitingFirst: number
}

/** Lets a few pieces of work run at a time, and the others wait in line. */
export class Turns {
  readonly #limits: Limits
  readonly #line: (() => void)[] = []
  readonly #firstLine: (() => void)[] = []
  #running = 0

  constructor(limits: Limits) {
    this.#limits = limits
  }

  /**
   * What `work` answers, when its turn has come. Work that goes first has a line of its own, which
   * others cannot fill. Throws `TooBusy` at once when the line is full.
   */
  async run<Result>(work: () => Promise<Result>, first = false): Promise<Result> {
    if (this.#running < this.#limits.running) this.#running++
    else await this.#standInLine(first)
    try {
      return await work()
    } finally {
      // The turn is handed on, so that nobody who comes just now can slip in between.
      const next = this.#firstLine.shift() ?? this.#line.shift()
      if (next) next()
      else this.#running--
    }
  }

  #standInLine(first: boolean): Promise<void> {
    const line = first ? this.#firstLine : this.#line
    const places = first ? this.#limits.waitingFirst : this.#limits.waiting
    if (line.length >= places) throw new TooBusy('too much at once')
    return new Promise((resolve) => line.push(resolve))
  }
}
