import { asciiOf, decodeEscapes, OTHER } from './escapes'
import type { Text } from './pattern-set'

/** Most characters that are looked at of a path, of a query and of an agent. */
const LONGEST = 4_096
/** Room for a path and a query, and the marks around them. */
const ROOM = 2 * LONGEST + 8

/** Texts are made in the same memory again and again: what is answered holds until the next call. */
const scratch = new Uint8Array(LONGEST)
const plain = { bytes: new Uint8Array(ROOM), length: 0, queryAt: 0, isOrdinary: true }
const sent: Text = { bytes: new Uint8Array(ROOM), length: 0, queryAt: 0 }
const numbers: Text = { bytes: new Uint8Array(ROOM), length: 0, queryAt: 0 }
const agent: Text = { bytes: new Uint8Array(ROOM), length: 0, queryAt: 0 }

const SPACE = 0x20
const BANG = 0x21
const PERCENT = 0x25
const AMPERSAND = 0x26
const OPEN = 0x28
const CLOSE = 0x29
const STAR = 0x2a
const PLUS = 0x2b
const COMMA = 0x2c
const HYPHEN = 0x2d
const DOT = 0x2e
const SLASH = 0x2f
const COLON = 0x3a
const LESS = 0x3c
const EQUALS = 0x3d
const MORE = 0x3e
const BACKSLASH = 0x5c
const CARET = 0x5e
const UNDERSCORE = 0x5f
const NUMBER = 0x4e

/**
 * A target in the one spelling that patterns are written in: escapes decoded (`escapes.ts`), whatever
 * is blank (in the query `+` too) a space and only one of them, none around `(`, `)`, `,`, `=`, `<` and `>`,
 * SQL comments a space as well, `\` a slash, slashes and `/./` merged (but for `://`), letters in lower
 * case, control characters left out. `/../` stays: it says what was meant. `^` stands in front of the
 * path and `/` behind it, `&` in front of the query and behind it.
 *
 * It is ordinary when all of it is words, numbers and the marks that join them: no injection is.
 */
export function plainTarget(path: string, query: string): Text & { isOrdinary: boolean } {
  const { bytes } = plain
  plain.isOrdinary = true
  bytes[0] = CARET
  let to = 1
  if (path.charCodeAt(0) !== SLASH) bytes[to++] = SLASH
  to = simplify(bytes, to, load(path, false))
  if (bytes[to - 1] !== SLASH) bytes[to++] = SLASH
  plain.queryAt = to
  if (query !== '') {
    bytes[to++] = AMPERSAND
    to = simplify(bytes, to, load(query, true))
    bytes[to++] = AMPERSAND
  }
  plain.length = to
  return plain
}

/** A target as it was sent, in lower case; with the same marks around path and query. */
export function sentTarget(path: string, query: string): Text {
  const { bytes } = sent
  bytes[0] = CARET
  let to = copy(bytes, 1, path)
  bytes[to++] = SLASH
  sent.queryAt = to
  if (query !== '') {
    bytes[to++] = AMPERSAND
    to = copy(bytes, to, query)
    bytes[to++] = AMPERSAND
  }
  sent.length = to
  return sent
}

/** `text` with `N` for every number in it. */
export function withoutNumbers(text: Text): Text {
  const { bytes } = numbers
  let to = 0
  for (let at = 0; at < text.length; at++) {
    if (at === text.queryAt) numbers.queryAt = to
    const byte = text.bytes[at]!
    const isDigit = byte >= 0x30 && byte <= 0x39
    if (!isDigit) bytes[to++] = byte
    else if (bytes[to - 1] !== NUMBER || to === 0) bytes[to++] = NUMBER
  }
  if (text.queryAt >= text.length) numbers.queryAt = to
  numbers.length = to
  return numbers
}

/** A user agent in lower case, characters that are not ASCII as one and the same. */
export function plainAgent(userAgent: string): Text {
  agent.length = copy(agent.bytes, 0, userAgent)
  agent.queryAt = agent.length
  return agent
}

/** Puts `text` into `scratch`, its escapes decoded; answers its length there. */
function load(text: string, isQuery: boolean): number {
  const length = Math.min(text.length, LONGEST)
  let hasEscapes = false
  for (let at = 0; at < length; at++) {
    const code = text.charCodeAt(at)
    if (code === PERCENT || code === BACKSLASH) hasEscapes = true
    scratch[at] = isQuery && code === PLUS ? SPACE : code < OTHER ? code : asciiOf(code)
  }
  return hasEscapes ? decodeEscapes(scratch, length) : length
}

/** Appends what `scratch` holds to the `to` bytes of `bytes`, in the spelling of `plainTarget`. */
function simplify(bytes: Uint8Array, start: number, length: number): number {
  let to = start
  // Where a comment that may end yet has begun.
  let comment = -1
  for (let at = 0; at < length; at++) {
    const byte = scratch[at]!
    const last = bytes[to - 1]!
    if ((byte >= 0x61 && byte <= 0x7a) || (byte >= 0x30 && byte <= 0x39)) bytes[to++] = byte
    else if (byte >= 0x41 && byte <= 0x5a) bytes[to++] = byte | 0x20
    else if (isBlank(byte)) {
      plain.isOrdinary = false
      if (!standsAlone(last)) bytes[to++] = SPACE
    } else if (byte < SPACE) {
      // A control character inside a word hides the word from those who look for it.
    } else if (byte === SLASH || byte === BACKSLASH) {
      if (last === STAR) {
        // The end of a comment, or of one whose content counts (`/*!50000select*/`).
        to = comment >= 0 && comment < to - 2 ? comment : to - 1
        if (!standsAlone(bytes[to - 1]!)) bytes[to++] = SPACE
      } else if (last === DOT && bytes[to - 2] === SLASH) to--
      else if (last !== SLASH || bytes[to - 2] === COLON) bytes[to++] = SLASH
      comment = -1
    } else if (byte === STAR && last === SLASH) {
      comment = to - 1
      bytes[to++] = STAR
    } else if (byte === BANG && comment >= 0 && comment === to - 2) {
      // MySQL runs what stands in `/*! */`, from a version on that may be named.
      to = comment
      comment = -1
      while (at + 1 < length && isDigit(scratch[at + 1]!)) at++
      if (!standsAlone(bytes[to - 1]!)) bytes[to++] = SPACE
    } else {
      if (!joinsWords(byte)) plain.isOrdinary = false
      if (last === SPACE && (standsAlone(byte) || byte === CLOSE) && to > start) to--
      bytes[to++] = byte
    }
  }
  return to
}

/** What needs no blank behind it. */
function standsAlone(byte: number): boolean {
  return (
    byte === SPACE ||
    byte === OPEN ||
    byte === COMMA ||
    byte === EQUALS ||
    byte === LESS ||
    byte === MORE
  )
}

function joinsWords(byte: number): boolean {
  const isHyphenOrDot = byte === HYPHEN || byte === DOT
  return isHyphenOrDot || byte === UNDERSCORE || byte === EQUALS || byte === AMPERSAND
}

function isBlank(byte: number): boolean {
  return byte === SPACE || (byte >= 0x09 && byte <= 0x0d)
}

function isDigit(byte: number): boolean {
  return byte >= 0x30 && byte <= 0x39
}

/** Puts `text` behind the `to` bytes of `bytes` as it is, but for the case of its letters. */
function copy(bytes: Uint8Array, start: number, text: string): number {
  const length = Math.min(text.length, LONGEST)
  for (let at = 0; at < length; at++) {
    const code = text.charCodeAt(at)
    bytes[start + at] = code >= 0x41 && code <= 0x5a ? code | 0x20 : code < OTHER ? code : OTHER
  }
  return start + length
}
