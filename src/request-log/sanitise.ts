import { requestPath } from '../net/request-path'
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

/**
 * A path as it is kept. When what is left of a path after the cut would ask for something else
 * than the whole, the path is kept as it is understood (`requestPath`): two kilobytes of `/.` must
 * not hide where they lead.
 */
export function sanitisePath(path: string, maxBytes: number): string {
  const kept = sanitise(path, maxBytes)
  if (path.length * 3 <= maxBytes || Buffer.byteLength(path) <= maxBytes) return kept
  const meant = sanitise(requestPath(path), maxBytes)
  return requestPath(kept) === meant ? kept : meant
}

function cut(text: string, maxBytes: number): string {
  // Encoding stops in front of a character that does not fit.
  const { read } = new TextEncoder().encodeInto(text, new Uint8Array(maxBytes))
  return text.slice(0, read)
}
