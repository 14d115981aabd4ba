import { visible } from '../net/visible'

/**
 * `text` as it can be stored and shown: what Postgres refuses and terminals obey becomes a visible
 * escape (`\x00`, `\u202e`, `\ud800`), and what is longer than `maxBytes` of UTF-8 is cut between
 * two characters.
 */
export function sanitise(text: string, maxBytes: number): string {
  const safe = visible(text)
  // A UTF-16 unit takes at most three bytes, so that most texts need not be measured.
  return safe.length * 3 > maxBytes ? cut(safe, maxBytes) : safe
}

function cut(text: string, maxBytes: number): string {
  // Encoding stops in front of a character that does not fit.
  const { read } = new TextEncoder().encodeInto(text, new Uint8Array(maxBytes))
  return text.slice(0, read)
}
