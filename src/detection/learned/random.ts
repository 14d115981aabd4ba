/**
 * Random numbers in [0, 1) that are the same for the same seed on every machine:
 * xoshiro128** (Blackman and Vigna, 2018), its state filled by splitmix32. Not for secrets.
 */
export function seededRandom(seed: number): () => number {
  let mixed = seed | 0
  const splitmix = () => {
    mixed = (mixed + 0x9e3779b9) | 0
    let z = Math.imul(mixed ^ (mixed >>> 16), 0x21f0aaad)
    z = Math.imul(z ^ (z >>> 15), 0x735a2d97)
    return z ^ (z >>> 15)
  }
  let [a, b, c, d] = [splitmix(), splitmix(), splitmix(), splitmix()]

  return () => {
    const result = Math.imul(rotate(Math.imul(b, 5), 7), 9)
    const shifted = b << 9
    c ^= a
    d ^= b
    b ^= c
    a ^= d
    c ^= shifted
    d = rotate(d, 11)
    return (result >>> 0) / 2 ** 32
  }
}

/** `count` different numbers out of 0 … `below` − 1, in random order; all of them if there are fewer. */
export function sample(count: number, below: number, random: () => number): Int32Array {
  const numbers = Int32Array.from({ length: below }, (_, i) => i)
  const taken = Math.min(count, below)
  for (let i = 0; i < taken; i++) swap(numbers, i, i + Math.floor(random() * (below - i)))
  return numbers.slice(0, taken)
}

/** Exchanges two elements. */
export function swap(numbers: Int32Array, i: number, j: number): void {
  const kept = numbers[i]!
  numbers[i] = numbers[j]!
  numbers[j] = kept
}

function rotate(value: number, bits: number): number {
  return (value << bits) | (value >>> (32 - bits))
}
