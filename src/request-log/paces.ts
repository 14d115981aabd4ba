/** How one request follows the ones before it from the same address. */
export interface Step {
  /** Milliseconds since the one before in the same hour; undefined when there is none to know of. */
  gapMs: number | undefined
  /** Requests in this clock minute, and in these ten seconds of it, up to this one. */
  inMinute: number
  inTenSeconds: number
}

const TEN_SECONDS_MS = 10_000
const MINUTE_MS = 60_000
const HOUR_MS = 3_600_000

/** Addresses that are remembered, some 20 MB; with one more, all are forgotten. */
const REMEMBERED = 200_000

/**
 * Remembers when each address was last seen, so that its pace can be told across batches.
 *
 * Requests are shown in the order of time. One that comes late changes nothing, and what was
 * forgotten begins anew: a pace is an estimate, and never more than what was seen.
 */
export class Paces {
  readonly #places = new Map<string, number>()
  #lastMs = new Float64Array(1_024)
  #inMinute = new Uint32Array(1_024)
  #inTenSeconds = new Uint32Array(1_024)

  step(address: string, timestamp: number): Step {
    const place = this.#places.get(address)
    if (place === undefined) return this.#begin(address, timestamp)

    const lastMs = this.#lastMs[place]!
    if (timestamp < lastMs) return { gapMs: undefined, inMinute: 1, inTenSeconds: 1 }

    const same = (ms: number) => Math.floor(timestamp / ms) === Math.floor(lastMs / ms)
    const inMinute = same(MINUTE_MS) ? this.#inMinute[place]! + 1 : 1
    const inTenSeconds = same(TEN_SECONDS_MS) ? this.#inTenSeconds[place]! + 1 : 1
    this.#lastMs[place] = timestamp
    this.#inMinute[place] = inMinute
    this.#inTenSeconds[place] = inTenSeconds
    return { gapMs: same(HOUR_MS) ? timestamp - lastMs : undefined, inMinute, inTenSeconds }
  }

  #begin(address: string, timestamp: number): Step {
    if (this.#places.size === REMEMBERED) this.#places.clear()
    const place = this.#places.size
    if (place === this.#lastMs.length) this.#grow()
    this.#places.set(address, place)
    this.#lastMs[place] = timestamp
    this.#inMinute[place] = 1
    this.#inTenSeconds[place] = 1
    return { gapMs: undefined, inMinute: 1, inTenSeconds: 1 }
  }

  #grow(): void {
    const length = 2 * this.#lastMs.length
    this.#lastMs = enlarged(this.#lastMs, new Float64Array(length))
    this.#inMinute = enlarged(this.#inMinute, new Uint32Array(length))
    this.#inTenSeconds = enlarged(this.#inTenSeconds, new Uint32Array(length))
  }
}

function enlarged<Numbers extends Float64Array | Uint32Array>(
  old: Numbers,
  space: Numbers,
): Numbers {
  space.set(old)
  return space
}
