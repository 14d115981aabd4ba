import { isUtf8 } from 'node:buffer'

/** Text that needs no second look, as most is. */
const PLAIN = /^[ -~]*$/
const ASCII = /^\p{ASCII}*$/u

/**
 * What must not reach a database, a log or a terminal as it is: control characters (C0, DEL, C1),
 * invisible ones and those that change the direction of the text around them, line and paragraph
 * separators, halves of surrogate pairs. The two joiners stay: emoji and whole languages need them.
 */
const UNSAFE = /(?![\u200c\u200d])[\p{Cc}\p{Cf}\p{Zl}\p{Zp}\p{Cs}]/gu
/** Of those, what `JSON.stringify` and pino leave as it is. */
const UNSAFE_IN_JSON = /(?![\u200c\u200d])[\x7f-\x9f\p{Cf}\p{Zl}\p{Zp}\p{Cs}]/gu

/** What `escapeOf` and `visibleBytes` write; printable ASCII is never among it. */
const ESCAPE = /\\(?:x([0189a-f][\da-f]|7f)|u([\da-f]{4})|u\{([\da-f]{5})\})/g

/** Where a decoder has put the replacement character for a byte that is not UTF-8. */
const REPLACEMENT = '\ufffd'

/**
 * `text` with everything unsafe as a visible escape: `\x1b`, `\u202e`, `\u{e0001}`. Nothing is
 * left out, so that what an attacker sent can still be read and searched for.
 */
export function visible(text: string): string {
  return PLAIN.test(text) ? text : text.replace(UNSAFE, escapeOf)
}

/** The text of which `visible` or `visibleBytes` made `text`, a byte as the character of its code. */
export function unescaped(text: string): string {
  if (!text.includes('\\')) return text
  return text.replace(ESCAPE, (found, byte, unit, point) => {
    const character = String.fromCodePoint(Number.parseInt(byte ?? unit ?? point, 16))
    return byte || visible(character) === found ? character : found
  })
}

/** Like `visible`, for a terminal: the lines stay lines. */
export function visibleLines(text: string): string {
  return text.split('\n').map(visible).join('\n')
}

/** A JSON text that means the same, and is safe on a terminal. */
export function visibleJson(json: string): string {
  return PLAIN.test(json) ? json : json.replace(UNSAFE_IN_JSON, jsonEscapeOf)
}

/**
 * The text of bytes that ought to be UTF-8, with every byte that is not as its visible escape:
 * `\xff`. Inside JSON a backslash is written twice: `backslash` says how.
 */
export function visibleBytes(bytes: Buffer, backslash = '\\'): string {
  if (isUtf8(bytes)) return bytes.toString('utf8')
  let text = ''
  for (let at = 0; at < bytes.length; ) {
    const length = sequenceLength(bytes[at]!)
    const character = bytes.toString('utf8', at, at + length)
    const valid = length > 0 && character.length <= 2 && !character.includes(REPLACEMENT)
    text += valid ? character : `${backslash}x${hex(bytes[at]!, 2)}`
    at += valid ? length : 1
  }
  return text
}

/** The text of a header, which node hands out with one character per byte. */
export function headerText(header: string): string {
  return ASCII.test(header) ? header : visibleBytes(Buffer.from(header, 'latin1'))
}

function escapeOf(character: string): string {
  const code = character.codePointAt(0)!
  if (code < 0x100) return `\\x${hex(code, 2)}`
  return code < 0x10000 ? `\\u${hex(code, 4)}` : `\\u{${hex(code, 5)}}`
}

function jsonEscapeOf(character: string): string {
  return Array.from({ length: character.length }, (_, i) => {
    return `\\u${hex(character.charCodeAt(i), 4)}`
  }).join('')
}

function hex(code: number, digits: number): string {
  return code.toString(16).padStart(digits, '0')
}

/** Bytes in the UTF-8 sequence that `first` begins; 0 when it begins none. */
function sequenceLength(first: number): number {
  if (first < 0x80) return 1
  if (first < 0xc2) return 0
  if (first < 0xe0) return 2
  if (first < 0xf0) return 3
  return first < 0xf5 ? 4 : 0
}
