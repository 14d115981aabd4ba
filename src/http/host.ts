import type { Middleware } from 'koa'

/** A name or an address, and a port (RFC 9110, section 7.2, with the characters of RFC 3986). */
const HOST = /^(?:\[[\da-f:.]+\]|[\w.~!$&'()*+,;=%-]*)(?::\d*)?$/i

/**
 * Refuses a request of HTTP/1.1 that does not name its host, and one that names several or
 * something else, as RFC 9112, section 3.2 demands. Node would refuse only the first kind, and then
 * nobody would see it.
 */
export function requireHost(): Middleware {
  /** One that can be: most requests name the same. */
  let known = ''
  return function requireHost(ctx, next) {
    const { host } = ctx.req.headers
    if (host === undefined && ctx.req.httpVersion === '1.1') {
      ctx.throw(400, 'The request names no host.', { code: 'no_host' })
    }
    if (host !== undefined && host !== known) {
      if (!HOST.test(host)) {
        ctx.throw(400, 'The request names a host that cannot be one.', { code: 'bad_host' })
      }
      known = host
    }
    if (hostLines(ctx.req.rawHeaders) > 1) {
      ctx.throw(400, 'The request names its host more than once.', { code: 'bad_host' })
    }
    return next()
  }
}

/** Node keeps the first of several lines in `headers`; here are all, name and value in turn. */
function hostLines(rawHeaders: readonly string[]): number {
  let lines = 0
  for (let i = 0; i < rawHeaders.length; i += 2) {
    const name = rawHeaders[i]!
    if (name.length === 4 && name.toLowerCase() === 'host') lines++
  }
  return lines
}
