import { parseAddress } from '../net/address'
import type { splitTarget } from '../net/request-path'

type Target = ReturnType<typeof splitTarget>

/** Where this service is asked about addresses of others. */
const QUESTIONS = /^\/(?:v1|admin\/api)\//

/** What is recorded in place of an address that somebody asked about. */
const ASKED_ABOUT = '(address)'

/**
 * A target as it is recorded. A question to this service loses the addresses it is about: they
 * would stand in its path, whole, whatever is done with addresses elsewhere, and after the very
 * request that erased them.
 */
export function recordedTarget(target: Target): Target {
  if (!QUESTIONS.test(target.path)) return target
  return { path: withoutAddresses(target.path, '/'), query: withoutAddresses(target.query, '&') }
}

function withoutAddresses(text: string, separator: '/' | '&'): string {
  return text.split(separator).map(withoutAddress).join(separator)
}

/** `part`: a segment of a path, or a name and its value. */
function withoutAddress(part: string): string {
  const value = part.slice(part.indexOf('=') + 1)
  // A network begins with one as well, and may be misspelt.
  const isAbout = parseAddress(decoded(value).replace(/\/.*/s, '')) !== undefined
  return isAbout ? part.slice(0, part.length - value.length) + ASKED_ABOUT : part
}

function decoded(text: string): string {
  try {
    return decodeURIComponent(text.replaceAll('+', ' ')).trim()
  } catch {
    return text // Not what a route would take for an address.
  }
}
