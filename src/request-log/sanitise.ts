/** Control characters, and halves of surrogate pairs that stand alone. */
const UNSAFE = /[\p{Cc}\p{Cs}]/u
const UNSAFE_ALL = /[\p{Cc}\p{Cs}]/gu

/**
 * `text` as it can be stored and shown: a control character becomes its visible escape (`\x00`),
 * so does a lone surrogate (`\ud800`), and what is longer than `maxBytes` of UTF-8 is cut between
 * two characters. Postgres refuses the first two; terminals obey them.
 */
export function sanitise(text: string, maxBytes: number): string {
  const visible = UNSAFE.test(text) ? text.replace(UNSAFE_ALL, visibleEscape) : text
  // A UTF-16 unit takes at most three bytes, so that most texts need not be measured.
  return visible.length * 3 > maxBytes ? cut(visible, maxBytes) : visible
}

function visibleEscape(character: string): string {
  const code = character.charCodeAt(0)
  return code < 0x100
    ? `\\x${code.toString(16).padStart(2, '0')}`
    : `\\u${code.toString(16).padStart(4, '0')}`
}

function cut(text: string, maxBytes: number): string {
  // Encoding stops in front of a character that does not fit.
  const { read } = new TextEncoder().encodeInto(text, new Uint8Array(maxBytes))
  return text.slice(0, read)
}
