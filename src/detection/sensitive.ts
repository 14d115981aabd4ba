import { requestPath, sensitivePaths } from '../net/request-path'
import { unescaped } from '../net/visible'

/** Which requests ask for a sensitive path, in two steps: a cheap one in SQL, then the judge. */
export interface SensitivePaths {
  /**
   * A regular expression, case aside, that finds every path which may be sensitive, and others: for
   * the database, which cannot work out canonical paths.
   */
  readonly candidates: string
  /** The configured prefix that covers a path of the log, however it is spelled (`sensitivePaths`). */
  find(path: string): string | undefined
}

export function readSensitivePaths(prefixes: readonly string[]): SensitivePaths {
  const rules = prefixes.map((prefix) => ({ prefix, covers: sensitivePaths([prefix]) }))
  return {
    candidates: prefixes.map(candidatesOf).join('|'),
    find(path) {
      const sent = unescaped(path)
      return rules.find(({ covers }) => covers(sent))?.prefix
    },
  }
}

/**
 * A path below `prefix` contains the last segment of `prefix` in one piece, since dots and slashes
 * only come in between segments; but each letter may be percent-escaped.
 */
function candidatesOf(prefix: string): string {
  const lastSegment = requestPath(prefix).split('/').at(-1)!
  return Array.from(lastSegment, spellings).join('')
}

function spellings(letter: string): string {
  // Beyond ASCII there are too many; the judge will tell.
  if (letter > '\x7e') return '.*'
  const codes = [letter, letter.toUpperCase()].map((c) => c.charCodeAt(0).toString(16))
  const escapes = codes.flatMap((code) => [`%${code}`, `%u00${code}`])
  // The Kelvin sign is the one character elsewhere whose lower case is in ASCII.
  const kelvin = letter === 'k' ? ['\u212a', '%e2%84%aa', '%u212a'] : []
  return `(${[letter.replace(/\W/, '\\$&'), ...escapes, ...kelvin].join('|')})`
}
