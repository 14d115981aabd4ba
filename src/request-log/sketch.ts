/** Bits of one level; words are 32 bits. */
const LEVEL_BITS = 64
export const LEVEL_WORDS = LEVEL_BITS / 32
/** A level with more set bits than this tells too little; the next ones are asked instead. */
const FULL = 58

/** Words of 32 bits, with a sign: an array of a few numbers takes a quarter of a typed one. */
export type Sketch = number[]

/**
 * About how many different texts there were, in a few bytes that can be merged by a bitwise or, in
 * Postgres as well as here.
 *
 * Each level is a bitmap that is read by linear counting (Whang, Vander-Zanden, Taylor: "A
 * linear-time probabilistic counting algorithm", 1990). The first one gets three quarters of all
 * texts, the next three quarters of the rest and so on, which makes a multiresolution bitmap
 * (Estan, Varghese, Fisk: "Bitmap algorithms for counting active flows on high-speed links",
 * 2003). Exact but for collisions while there are few; the standard error is below 20 % up to
 * `64 · 4^(levels - 1)` different texts, and it says no more than four times as many.
 */
export function newSketch(levels: number): Sketch {
  return new Array(levels * LEVEL_WORDS).fill(0)
}

/** Notes a text, by its hash (`hashText`), in a sketch; it may be a part of a larger array. */
export function noteHash(
  words: Sketch | Int32Array,
  hash: number,
  from = 0,
  levels = words.length / LEVEL_WORDS,
): void {
  const last = levels - 1
  let level = 0
  for (let rest = hash; level < last && (rest & 3) === 0; rest >>>= 2) level++
  const bit = hash >>> 26
  words[from + level * LEVEL_WORDS + (bit >>> 5)]! |= 0x8000_0000 >>> (bit & 31)
}

/** The set bits of each level, which is all that `estimate` needs. */
export function setBits(sketch: Sketch): number[] {
  const bits: number[] = []
  for (let from = 0; from < sketch.length; from += LEVEL_WORDS) {
    bits.push(countBits(sketch[from]!) + countBits(sketch[from + 1]!))
  }
  return bits
}

/** The one bit that is set in a sketch of one level; null when there are more, or none. */
export function onlyBit(sketch: Sketch): number | null {
  if (setBits(sketch)[0] !== 1) return null
  return sketch[0] === 0 ? 32 + Math.clz32(sketch[1]!) : Math.clz32(sketch[0]!)
}

/** About how many different texts set so many bits on each level. */
export function estimate(bits: readonly number[]): number {
  let base = 0
  while (base < bits.length - 1 && bits[base]! > FULL) base++
  let texts = 0
  for (let level = base; level < bits.length; level++) texts += linearCount(bits[level]!)
  return Math.round(texts * 4 ** base)
}

/**
 * 32 well mixed bits of a text: FNV-1a (Fowler, Noll, Vo) over its UTF-16 units, then the last step
 * of MurmurHash3 (Appleby). The same in all versions: yesterday's sketches are merged with today's.
 */
export function hashText(text: string): number {
  let hash = 0x811c9dc5
  for (let i = 0; i < text.length; i++) {
    hash = Math.imul(hash ^ text.charCodeAt(i), 0x01000193)
  }
  hash = Math.imul(hash ^ (hash >>> 16), 0x85ebca6b)
  hash = Math.imul(hash ^ (hash >>> 13), 0xc2b2ae35)
  return (hash ^ (hash >>> 16)) >>> 0
}

function linearCount(bits: number): number {
  // All bits set says "at least"; half a bit more than that is as good as any number.
  return -LEVEL_BITS * Math.log(1 - Math.min(bits, LEVEL_BITS - 1) / LEVEL_BITS)
}

/** Set bits of a 32-bit word (Warren: "Hacker's Delight", 5-1). */
export function countBits(word: number): number {
  let bits = word - ((word >>> 1) & 0x5555_5555)
  bits = (bits & 0x3333_3333) + ((bits >>> 2) & 0x3333_3333)
  return Math.imul((bits + (bits >>> 4)) & 0x0f0f_0f0f, 0x0101_0101) >>> 24
}
