/** What stands for a character that is not ASCII. */
export const OTHER = 0x7f

const PERCENT = 0x25
const BACKSLASH = 0x5c
const AMPERSAND = 0x26
const SEMICOLON = 0x3b
const SPACE = 0x20

/** Rounds of decoding: servers, proxies and applications each may add one. */
const MOST_ROUNDS = 4

/**
 * Decodes the escapes in the first `length` of `bytes`, in place, again and again while there are
 * any, at most four times; answers the new length. Known are `%2e`, IIS' `%u002e`, what logs and
 * JSON make of odd bytes (`\x2e`, `\u002e`), UTF-8 in more bytes than needed (`%c0%ae`), and the wide
 * forms of ASCII, which several servers fold (`%ef%bc%8e`). An escaped `&` becomes `;`, which means
 * the same to a shell and is no border between parameters. Every round is one pass, and no text grows.
 */
export function decodeEscapes(bytes: Uint8Array, length: number): number {
  let left = length
  for (let round = 0; round < MOST_ROUNDS; round++) {
    const decoded = decodeOnce(bytes, left)
    if (decoded === left) return left
    left = decoded
  }
  return left
}

function decodeOnce(bytes: Uint8Array, length: number): number {
  let to = 0
  for (let at = 0; at < length; ) {
    const byte = bytes[at]!
    if (byte !== PERCENT && byte !== BACKSLASH) {
      bytes[to++] = byte
      at++
      continue
    }
    const size = escapeSize(bytes, at, length)
    if (size === 0) {
      bytes[to++] = byte
      at++
    } else if (size === 6) {
      bytes[to++] = asciiOf(hexAt(bytes, at + 2, 4))
      at += size
    } else {
      const prefix = size - 2
      const units = sequenceLength(hexAt(bytes, at + prefix, 2))
      const taken = at + units * size <= length ? sequence(bytes, at, size, units) : -1
      // A byte that begins no character of UTF-8 is one of Latin-1.
      bytes[to++] = asciiOf(taken >= 0 ? taken : hexAt(bytes, at + prefix, 2))
      at += taken >= 0 ? units * size : size
    }
  }
  return to
}

/** Bytes of the escape that begins at `at`: 3 of `%2e`, 4 of `\x2e`, 6 of `%u002e`, or 0. */
function escapeSize(bytes: Uint8Array, at: number, length: number): number {
  const isPercent = bytes[at] === PERCENT
  if (isPercent && at + 2 < length && hexAt(bytes, at + 1, 2) >= 0) return 3
  const mark = bytes[at + 1]! | 0x20
  if (mark === 0x75 && at + 5 < length && hexAt(bytes, at + 2, 4) >= 0) return 6
  return !isPercent && mark === 0x78 && at + 3 < length && hexAt(bytes, at + 2, 2) >= 0 ? 4 : 0
}

/** The character that `units` escapes of one byte each make, as UTF-8 without its strictness; or -1. */
function sequence(bytes: Uint8Array, at: number, size: number, units: number): number {
  const lead = hexAt(bytes, at + size - 2, 2)
  if (units === 1) return lead < 0x80 ? lead : -1
  let code = lead & (0x7f >> units)
  for (let unit = 1; unit < units; unit++) {
    const start = at + unit * size
    if (bytes[start] !== bytes[at]) return -1
    const next = hexAt(bytes, start + size - 2, 2)
    if (next < 0 || (next & 0xc0) !== 0x80) return -1
    code = (code << 6) | (next & 0x3f)
  }
  return code
}

function sequenceLength(lead: number): number {
  if (lead < 0xc0) return 1
  if (lead < 0xe0) return 2
  return lead < 0xf0 ? 3 : 4
}

/** What a character counts as: itself, its ASCII twin, a space, or something else. */
export function asciiOf(code: number): number {
  if (code < 0x80) return code === AMPERSAND ? SEMICOLON : code
  if (code >= 0xff01 && code <= 0xff5e) return asciiOf(code - 0xfee0)
  const isSpace = code === 0xa0 || (code >= 0x2000 && code <= 0x200a) || code === 0x3000
  return isSpace ? SPACE : OTHER
}

/** The number that `digits` hexadecimal digits write, or -1. */
function hexAt(bytes: Uint8Array, at: number, digits: number): number {
  let value = 0
  for (let digit = 0; digit < digits; digit++) {
    const byte = bytes[at + digit]!
    const lower = byte | 0x20
    if (byte >= 0x30 && byte <= 0x39) value = (value << 4) | (byte - 0x30)
    else if (lower >= 0x61 && lower <= 0x66) value = (value << 4) | (lower - 0x57)
    else return -1
  }
  return value
}
