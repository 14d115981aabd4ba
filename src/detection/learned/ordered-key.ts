/** A key that none exceeds. */
export const GREATEST_KEY = 2 ** 30 - 1

const float = new Float32Array(1)
const bits = new Int32Array(float.buffer)

/**
 * A number as an integer of 31 bits; these are in the same order, so that one instruction compares
 * them. 22 bits of the fraction stay, a tenth of a millionth. What is no number counts as 0, what is
 * infinite as the largest float.
 *
 * The bits of two positive floats compare as integers do; of negative ones all but the sign are
 * turned around.
 */
export function keyOf(value: number): number {
  float[0] = value // -0 and 0 must have one key:
  const pattern = Number.isNaN(value) || value === 0 ? 0 : bits[0]!
  const key = (pattern ^ ((pattern >> 31) & 0x7fffffff)) >> 1
  return key > GREATEST_FINITE ? GREATEST_FINITE : key < -GREATEST_FINITE ? -GREATEST_FINITE : key
}

/** The least number with this key, but for rounding. */
export function numberOf(key: number): number {
  const pattern = key << 1
  bits[0] = pattern ^ ((pattern >> 31) & 0x7fffffff)
  return float[0]!
}

/** Of the largest finite float, 0x7f7fffff. */
const GREATEST_FINITE = 0x7f7fffff >> 1
