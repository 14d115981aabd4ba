const TEN_SECONDS_MS = 10_000
const TENS_IN_MINUTE = 6
const TENS_IN_HOUR = 360

/** Addresses that are remembered, some 15 MB; with one more, all are forgotten. */
const REMEMBERED = 100_000

/** How one request follows the ones before it from the same address. */
export interface Step {
  /** Milliseconds since the one before in the same hour; undefined when there is none to know of. */
  gapMs: number | undefined
  /** Requests in this clock minute, and in these ten seconds of it, up to this one. */
  inMinute: number
  inTenSeconds: number
  /** Whether its number is one more or one less than that of the last page of the same template. */
  isNeighbour: boolean
}

/**
 * Follows one address through its requests in the order of time. One that comes late changes
 * no times.
 */
export class Pace {
  #lastMs = Number.NEGATIVE_INFINITY
  #inMinute = 0
  #inTenSeconds = 0
  /** The page with a number that was asked for last. */
  #template = 0
  #number = Number.NaN

  /** `number`, of a page of `template`, if it has one. */
  step(timestamp: number, template: number, number: number | undefined): Step {
    const isNeighbour = number !== undefined && this.#isNeighbour(template, number)
    if (timestamp < this.#lastMs) {
      return { gapMs: undefined, inMinute: 1, inTenSeconds: 1, isNeighbour }
    }

    const gapMs = timestamp - this.#lastMs
    const tens = Math.floor(timestamp / TEN_SECONDS_MS)
    const lastTens = Math.floor(this.#lastMs / TEN_SECONDS_MS)
    const isSame = (span: number) => Math.floor(tens / span) === Math.floor(lastTens / span)
    this.#lastMs = timestamp
    this.#inMinute = isSame(TENS_IN_MINUTE) ? this.#inMinute + 1 : 1
    this.#inTenSeconds = tens === lastTens ? this.#inTenSeconds + 1 : 1
    return {
      gapMs: isSame(TENS_IN_HOUR) ? gapMs : undefined,
      inMinute: this.#inMinute,
      inTenSeconds: this.#inTenSeconds,
      isNeighbour,
    }
  }

  #isNeighbour(template: number, number: number): boolean {
    const isNext = template === this.#template && Math.abs(number - this.#number) === 1
    this.#template = template
    this.#number = number
    return isNext
  }
}

/**
 * Remembers the pace of each address across batches. What was forgotten begins anew: a pace is an
 * estimate, and never more than what was seen.
 */
export class Paces {
  readonly #paces = new Map<string, Pace>()

  of(address: string): Pace {
    const known = this.#paces.get(address)
    if (known) return known
    if (this.#paces.size === REMEMBERED) this.#paces.clear()
    const pace = new Pace()
    this.#paces.set(address, pace)
    return pace
  }
}
