import { visibleBytes } from '../net/visible'

const BACKSLASH = 0x5c

/** What Apache and nginx write behind a backslash, besides `xHH`. */
const ESCAPES: Record<string, number> = {
  '"': 0x22,
  '\\': 0x5c,
  b: 0x08,
  t: 0x09,
  n: 0x0a,
  v: 0x0b,
  f: 0x0c,
  r: 0x0d,
}

/** The quote that ends a field: the first from `from` on that no backslash escapes; -1 without one. */
export function closingQuote(line: string, from: number): number {
  let quote = line.indexOf('"', from)
  while (quote >= 0 && isEscaped(line, from, quote)) quote = line.indexOf('"', quote + 1)
  return quote
}

function isEscaped(line: string, from: number, at: number): boolean {
  let backslashes = 0
  while (at - 1 - backslashes >= from && line.charCodeAt(at - 1 - backslashes) === BACKSLASH) {
    backslashes++
  }
  return backslashes % 2 === 1
}

/** Undoes what servers do to a field: `\"`, `\\`, `\n`, and `\xHH` for one byte of UTF-8. */
export function unescapeField(field: string): string {
  if (!field.includes('\\')) return field
  const bytes = Buffer.from(field)
  let length = 0
  for (let at = 0; at < bytes.length; ) {
    const escaped = bytes[at] === BACKSLASH ? readEscape(bytes, at + 1) : undefined
    // The result is never longer than what has been read, so it may be written in its place.
    bytes[length++] = escaped ? escaped.byte : bytes[at]!
    at += escaped ? escaped.length : 1
  }
  return visibleBytes(bytes.subarray(0, length))
}

function readEscape(bytes: Buffer, at: number): { byte: number; length: number } | undefined {
  const character = String.fromCharCode(bytes[at] ?? 0)
  const byte = ESCAPES[character]
  if (byte !== undefined) return { byte, length: 2 }
  const hex = bytes.toString('latin1', at + 1, at + 3)
  if (character !== 'x' || !/^[0-9a-f]{2}$/i.test(hex)) return undefined
  return { byte: Number.parseInt(hex, 16), length: 4 }
}

/** The digits between two offsets as a number; undefined when they are not digits alone. */
export function digitsBetween(line: string, start: number, end: number): number | undefined {
  if (end <= start || end > line.length) return undefined
  let value = 0
  for (let i = start; i < end; i++) {
    const digit = line.charCodeAt(i) - 0x30
    if (digit < 0 || digit > 9) return undefined
    value = value * 10 + digit
  }
  return value <= Number.MAX_SAFE_INTEGER ? value : undefined
}

/** A whole number as text; undefined for anything else, `-` among it. */
export function wholeNumber(text: string | undefined): number | undefined {
  return text === undefined ? undefined : digitsBetween(text, 0, text.length)
}

/** A status as text, three digits; undefined for anything else. */
export function statusOf(text: string | undefined): number | undefined {
  return text?.length === 3 ? wholeNumber(text) : undefined
}

/** A number with or without a fraction; undefined for anything else, negative ones among it. */
export function decimalNumber(text: string | undefined): number | undefined {
  return text !== undefined && /^\d{1,15}(?:\.\d{1,15})?$/.test(text) ? Number(text) : undefined
}

/** A text that servers write as `-` when there is none. */
export function known(text: string | undefined): string {
  return text === undefined || text === '-' ? '' : text
}

/** Where the word that begins at `start` ends: at a blank or with the line. */
export function wordEnd(line: string, start: number): number {
  const space = line.indexOf(' ', start)
  return space < 0 ? line.length : space
}

/** At most `most` fields between blanks; those in quotes may hold blanks and are freed from their escapes. */
export function splitFields(line: string, most: number): string[] {
  const fields: string[] = []
  for (let at = 0; at < line.length && fields.length < most; ) {
    if (line[at] === '"') {
      const quote = closingQuote(line, at + 1)
      const end = quote < 0 ? line.length : quote
      fields.push(unescapeField(line.slice(at + 1, end)))
      at = end + 2
    } else {
      const end = wordEnd(line, at)
      fields.push(line.slice(at, end))
      at = end + 1
    }
  }
  return fields
}
