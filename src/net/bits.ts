/** How many 32-bit words an address takes in memory, by family. */
export type Family = 4 | 6

const COLON = 0x3a
const DOT = 0x2e

/** The eight groups of the IPv6 text being read. */
const groups = new Uint16Array(8)

/**
 * Reads an address into 32-bit words, the most significant first, and says its family: IPv4 fills
 * the first word, IPv6 four. An IPv4-mapped IPv6 address is read as the IPv4 address it stands for.
 *
 * The text must be valid (`net.isIP`, no zone): nothing is checked and nothing is allocated here,
 * which is what makes looking up an address by its text cheap.
 */
export function readBits(text: string, words: Uint32Array): Family {
  for (let i = 0; i < text.length; i++) {
    const code = text.charCodeAt(i)
    if (code === COLON) return readIPv6(text, words)
    if (code === DOT) break
  }
  return setIPv4(words, readIPv4(text, 0))
}

/** The canonical text of an address: dotted IPv4, or IPv6 as RFC 5952 writes it. */
export function writeBits(family: Family, words: Uint32Array): string {
  return family === 4 ? writeIPv4(words[0]!) : writeIPv6(words)
}

/** Clears every bit behind the first `prefix` bits. */
export function clearHostBits(family: Family, words: Uint32Array, prefix: number): void {
  const used = family === 4 ? 1 : 4
  for (let word = 0; word < used; word++) {
    const kept = Math.min(32, Math.max(0, prefix - 32 * word))
    // A shift by 32 is a shift by 0 in JavaScript, hence the case of its own.
    words[word] = kept === 0 ? 0 : words[word]! & (-1 << (32 - kept))
  }
}

function readIPv4(text: string, from: number): number {
  let word = 0
  let part = 0
  for (let i = from; i < text.length; i++) {
    const code = text.charCodeAt(i)
    if (code === DOT) {
      word = (word << 8) | part
      part = 0
    } else {
      part = part * 10 + code - 0x30
    }
  }
  return ((word << 8) | part) >>> 0
}

function readIPv6(text: string, words: Uint32Array): Family {
  let count = 0
  let gap = -1
  let value = 0
  let digits = 0
  for (let i = 0; i < text.length; i++) {
    const code = text.charCodeAt(i)
    if (code === COLON) {
      if (digits === 0) gap = count
      else groups[count++] = value
      value = 0
      digits = 0
    } else if (code === DOT) {
      const tail = readIPv4(text, i - digits)
      groups[count++] = tail >>> 16
      groups[count++] = tail
      digits = 0
      break
    } else {
      value = (value << 4) | hexDigit(code)
      digits++
    }
  }
  if (digits > 0) groups[count++] = value

  if (gap >= 0) spread(gap, count)
  for (let word = 0; word < 4; word++) {
    words[word] = (groups[2 * word]! << 16) | groups[2 * word + 1]!
  }
  if (words[0] !== 0 || words[1] !== 0 || words[2] !== 0xffff) return 6
  return setIPv4(words, words[3]!)
}

/**
 * Moves the groups behind the gap to the end. A plain loop: calls such as `copyWithin` would cost
 * more than reading the whole text does.
 */
function spread(gap: number, count: number): void {
  let to = 7
  for (let from = count - 1; from >= gap; from--) groups[to--] = groups[from]!
  while (to >= gap) groups[to--] = 0
}

function setIPv4(words: Uint32Array, word: number): 4 {
  words[0] = word
  words[1] = 0
  words[2] = 0
  words[3] = 0
  return 4
}

/** Without a branch: which digits are letters, no processor guesses. */
function hexDigit(code: number): number {
  return (code & 0xf) + 9 * (code >> 6)
}

function writeIPv4(word: number): string {
  return `${word >>> 24}.${(word >>> 16) & 0xff}.${(word >>> 8) & 0xff}.${word & 0xff}`
}

function writeIPv6(words: Uint32Array): string {
  const parts = [...words].flatMap((word) => [word >>> 16, word & 0xffff])
  const gap = longestZeroRun(parts)
  const hex = parts.map((part) => part.toString(16))
  if (gap.length < 2) return hex.join(':')
  return `${hex.slice(0, gap.start).join(':')}::${hex.slice(gap.start + gap.length).join(':')}`
}

/** The first of the longest runs, as RFC 5952 section 4.2.3 asks. */
function longestZeroRun(parts: number[]): { start: number; length: number } {
  let longest = { start: 0, length: 0 }
  let length = 0
  parts.forEach((part, i) => {
    length = part === 0 ? length + 1 : 0
    if (length > longest.length) longest = { start: i - length + 1, length }
  })
  return longest
}
