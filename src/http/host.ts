import type { Middleware } from 'koa'

/**
 * Refuses a request of HTTP/1.1 that does not name its host, as RFC 9112, section 3.2 demands. Node
 * would do so itself, but then nobody would see it.
 */
export function requireHost(): Middleware {
  return function requireHost(ctx, next) {
    if (ctx.req.headers.host === undefined && ctx.req.httpVersion === '1.1') {
      ctx.throw(400, 'The request names no host.', { code: 'no_host' })
    }
    return next()
  }
}
