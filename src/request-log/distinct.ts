/** Places of each level. */
const PLACES = 1_024
/** Each level is for half as many texts as the one before. */
const LEVELS = 20

const PLACE_BITS = Math.log2(PLACES)

/** Bits of a sketch; as in migration 0019. */
export const DISTINCT_BITS = LEVELS * PLACES

/**
 * The estimate lies within so much of the truth in 95 of 100 cases: two standard errors of a
 * coupon-collector's sketch with 1,024 places (Lang: "Back to the Future: an Even More Nearly
 * Optimal Cardinality Estimation Algorithm", 2017); seen in `distinct.test.ts`.
 */
export const DISTINCT_WITHIN = 0.045

/**
 * About how many different texts were noted, in 2.5 KB that are merged by a bitwise or, in Postgres
 * as well as here: the bit maps of Flajolet and Martin ("Probabilistic counting algorithms for data
 * base applications", 1985). Right to one or two while there are less than a hundred.
 */
export class Distinct {
  readonly #bits = new Uint8Array(DISTINCT_BITS / 8)

  /** Notes a text by its hash, 32 bits (`hashText`): ten of them name a place, the others a level. */
  note(hash: number): void {
    const place = hash & (PLACES - 1)
    const rest = hash >>> PLACE_BITS
    const level = Math.min(LEVELS - 1, rest === 0 ? LEVELS : 31 - Math.clz32(rest & -rest))
    const at = level * PLACES + place
    this.#bits[at >>> 3]! |= 0x80 >>> (at & 7)
  }

  /** As Postgres reads a bit string behind an `x`. */
  toHex(): string {
    return Buffer.from(this.#bits.buffer).toString('hex')
  }

  /** As Postgres writes a bit string. */
  toText(): string {
    return Array.from(this.#bits, (byte) => byte.toString(2).padStart(8, '0')).join('')
  }
}

/**
 * The number of different texts that makes the bits most likely: a bit that is for the share `q` of
 * all texts is set by `n` of them with the probability 1 − e^(−nq). Found by halving, for what is
 * asked here only falls with `n`.
 */
export function estimateDistinct(bits: string): number {
  const levels = Array.from({ length: LEVELS }, (_, level) => {
    const share = 2 ** -Math.min(level + 1, LEVELS - 1) / PLACES
    return { share, set: countOnes(bits, level * PLACES) }
  })
  const excess = (n: number) => {
    let sum = 0
    for (const { share, set } of levels) {
      const missed = Math.exp(-n * share)
      if (set > 0) sum += (set * share * missed) / (1 - missed)
      sum -= (PLACES - set) * share
    }
    return sum
  }
  if (!bits.includes('1')) return 0
  let low = 0.5
  let high = 2 ** 32
  for (let step = 0; step < 60; step++) {
    const middle = (low + high) / 2
    if (excess(middle) > 0) low = middle
    else high = middle
  }
  return Math.round(high)
}

function countOnes(bits: string, from: number): number {
  let ones = 0
  for (let at = from; at < from + PLACES; at++) if (bits.charCodeAt(at) === 49) ones++
  return ones
}
