import { noteInRoom } from './bottom-k'
import type { RollUp, RollUpKey } from './roll-up'
import {
  AGENTS,
  AT,
  COUNTS,
  FIRST_SEEN,
  LARGEST,
  LAST_SEEN,
  MINUTES,
  MISSED,
  PATHS,
  REAL_AT,
  REAL_SUMS,
  REAL_WIDTH,
  SERVED,
  SUMS,
  WIDTH,
} from './roll-up-columns'
import { SignatureCounts } from './signature-hits'

const FIRST_CAPACITY = 64

/**
 * Roll-ups, one behind the other in two typed arrays, named by their place: thousands of objects would be what
 * the collector of garbage is busy with. `roll-up-columns.ts` tells what lies where.
 */
export class RollUpTable {
  readonly keys: RollUpKey[] = []
  #numbers = new Int32Array(FIRST_CAPACITY * WIDTH)
  #reals = new Float64Array(FIRST_CAPACITY * REAL_WIDTH)

  get length(): number {
    return this.keys.length
  }

  /** The whole numbers, `WIDTH` of each roll-up; other ones after the next `open`. */
  get numbers(): Int32Array {
    return this.#numbers
  }

  /** The real numbers, `REAL_WIDTH` of each; other ones after the next `open`. */
  get reals(): Float64Array {
    return this.#reals
  }

  /** Adds a roll-up of nothing, and returns its place. */
  open(key: RollUpKey): number {
    const nth = this.keys.push(key) - 1
    if ((nth + 1) * WIDTH > this.#numbers.length) this.#grow()
    this.#reals[nth * REAL_WIDTH + FIRST_SEEN] = Number.POSITIVE_INFINITY
    this.#reals[nth * REAL_WIDTH + LAST_SEEN] = Number.NEGATIVE_INFINITY
    return nth
  }

  /** Makes all roll-ups those of nothing that are opened next, in the same memory. */
  clear(): void {
    this.#numbers.fill(0, 0, this.length * WIDTH)
    this.#reals.fill(0, 0, this.length * REAL_WIDTH)
    this.keys.length = 0
  }

  /** Adds to one roll-up what is in another; `addressRollups` has the same in SQL. */
  merge(into: number, from: number): void {
    this.#mergeKeys(this.keys[into]!, this.keys[from]!)
    const numbers = this.#numbers
    const [to, at] = [into * WIDTH, from * WIDTH]
    let i = 0
    for (; i < SUMS.length; i++) numbers[to + i]! += numbers[at + i]!
    const endOfLargest = SUMS.length + LARGEST.length
    for (; i < endOfLargest; i++) numbers[to + i] = Math.max(numbers[to + i]!, numbers[at + i]!)
    for (; i < SERVED; i++) numbers[to + i]! |= numbers[at + i]!
    for (const sample of [SERVED, MISSED]) {
      const end = at + sample + 1 + numbers[at + sample]!
      for (let hash = at + sample + 1; hash < end; hash++) {
        noteInRoom(numbers, to + sample, numbers[hash]!)
      }
    }
    const reals = this.#reals
    const [realTo, realAt] = [into * REAL_WIDTH, from * REAL_WIDTH]
    for (let nth = 0; nth < REAL_SUMS.length; nth++) reals[realTo + nth]! += reals[realAt + nth]!
    reals[realTo + FIRST_SEEN] = Math.min(reals[realTo + FIRST_SEEN]!, reals[realAt + FIRST_SEEN]!)
    reals[realTo + LAST_SEEN] = Math.max(reals[realTo + LAST_SEEN]!, reals[realAt + LAST_SEEN]!)
  }

  /** A copy of a roll-up, by names. */
  read(nth: number): RollUp {
    const at = nth * WIDTH
    const words = (from: number, to: number) =>
      Array.from(this.#numbers.subarray(at + from, at + to))
    const sample = (from: number) => words(from + 1, from + 1 + this.#numbers[at + from]!)
    const named: Partial<Record<string, number>> = {}
    for (const name of COUNTS) named[name] = this.#numbers[at + AT[name]]!
    for (const name of REAL_SUMS) named[name] = this.#reals[nth * REAL_WIDTH + REAL_AT[name]]!
    return {
      ...this.keys[nth]!,
      ...(named as Pick<RollUp, (typeof COUNTS)[number] | (typeof REAL_SUMS)[number]>),
      firstSeen: this.#reals[nth * REAL_WIDTH + FIRST_SEEN]!,
      lastSeen: this.#reals[nth * REAL_WIDTH + LAST_SEEN]!,
      paths: words(PATHS, AGENTS),
      agents: words(AGENTS, MINUTES),
      minutes: words(MINUTES, SERVED),
      served: sample(SERVED),
      missed: sample(MISSED),
    }
  }

  #mergeKeys(into: RollUpKey, { country, asn, signatures }: RollUpKey): void {
    into.country = larger(into.country, country)
    into.asn = larger(into.asn, asn)
    if (!signatures) return
    into.signatures ??= new SignatureCounts()
    for (const hits of signatures.list()) into.signatures.add(hits)
  }

  #grow(): void {
    const [numbers, reals] = [this.#numbers, this.#reals]
    this.#numbers = new Int32Array(2 * numbers.length)
    this.#numbers.set(numbers)
    this.#reals = new Float64Array(2 * reals.length)
    this.#reals.set(reals)
  }
}

/** Any of two would do; the larger one is the same whichever comes first. */
function larger<Value extends string | number>(a: Value | null, b: Value | null): Value | null {
  if (a === null || b === null) return a ?? b
  return a > b ? a : b
}
