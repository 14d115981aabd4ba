/** A target that is already its own canonical path, as most are. */
const PLAIN = /^(?:\/[a-z0-9_-]+(?:\.[a-z0-9_-]+)*)+$/
/** Scheme and authority of a target in absolute form. */
const ORIGIN = /^[a-z][a-z0-9+.-]*:\/\/[^/?#\\]*/i
/** What Windows and several frameworks leave out at the end of a name. */
const BLANKS_AT_END = /(?<![\s\p{Cc}])[\s\p{Cc}]+$/u
const DOTS_AND_BLANKS_AT_END = /(?<![.\s\p{Cc}])[.\s\p{Cc}]+$/u

/**
 * Path and query of a request target as they were sent; the target may also be in absolute form
 * (`http://example.com/a?b`), and what looks like a fragment belongs to neither.
 */
export function splitTarget(target: string): { path: string; query: string } {
  const hash = target.indexOf('#')
  const withoutFragment = hash < 0 ? target : target.slice(0, hash)
  const local = target.startsWith('/') ? withoutFragment : withoutFragment.replace(ORIGIN, '')
  const mark = local.indexOf('?')
  const path = mark < 0 ? local : local.slice(0, mark)
  return { path: path || '/', query: mark < 0 ? '' : local.slice(mark + 1) }
}

/**
 * The path a request target really asks for, in one spelling, for comparing and never for storing:
 * percent-escapes decoded once (also IIS' `%u0061`), parameters (`;x`) and what follows a NUL cut
 * off each segment, slashes merged (`\` is one too), dots resolved, dots and blanks at the end of a
 * name left out, letters folded to lower case, no slash at the end. Whatever different servers make
 * of `//admin`, `/%61dmin`, `/x/..;/ADMIN/`, `/admin%2fx` or `/admin%20.`, a rule about `/admin` sees
 * it. What no common server takes for `/admin` is something else: an escaped `?` or `#` is part of a
 * name, escapes are not decoded twice, and `İ` or `ａ` are not folded to ASCII.
 *
 * Never throws: escapes that are none, or no UTF-8, stay as they are.
 */
export function requestPath(target: string): string {
  if (PLAIN.test(target)) return target

  const segments: string[] = []
  for (const part of decode(splitTarget(target).path).toLowerCase().split(/[/\\]/)) {
    const segment = nameOf(part)
    if (segment === '..') segments.pop()
    else if (segment !== '' && segment !== '.') segments.push(segment)
  }
  return `/${segments.join('/')}`
}

function nameOf(part: string): string {
  const name = part.replace(/[;\0].*/s, '').replace(BLANKS_AT_END, '')
  return /^\.*$/.test(name) ? name : name.replace(DOTS_AND_BLANKS_AT_END, '')
}

/**
 * Tells which request targets ask for one of `prefixes` or something below it. Whole segments
 * count: `/admin` covers `/admin/users` and not `/administrator-guide`.
 */
export function sensitivePaths(prefixes: readonly string[]): (target: string) => boolean {
  const roots = prefixes.map(requestPath).map((path) => (path === '/' ? '/' : `${path}/`))
  return (target) => {
    const path = `${requestPath(target)}/`
    return roots.some((root) => path.startsWith(root))
  }
}

function decode(path: string): string {
  return path.replace(/(?:%[\da-f]{2})+|%u[\da-f]{4}/gi, (escapes) => {
    if (/^%u/i.test(escapes)) return String.fromCharCode(Number.parseInt(escapes.slice(2), 16))
    try {
      return decodeURIComponent(escapes)
    } catch {
      // Not UTF-8: what is ASCII is decoded, the other bytes stay visible.
      return escapes.replace(/%[0-7][\da-f]/gi, decodeURIComponent)
    }
  })
}
