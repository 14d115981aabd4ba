import type { ParameterizedContext } from 'koa'

/**
 * Throws 403 when a page of another site caused the request: the browser would add the session's
 * cookie, but the person never asked for it. Browsers say so in Sec-Fetch-Site, older ones in
 * Origin; a client that sends neither is no browser and has no cookies of others to lend.
 */
export function requireSameOrigin(ctx: ParameterizedContext): void {
  const site = ctx.get('sec-fetch-site')
  const origin = ctx.get('origin')
  const isSame = site ? site === 'same-origin' || site === 'none' : !origin || isOurs(origin, ctx)
  if (isSame) return
  ctx.throw(403, 'This request was caused by another site.', { code: 'cross_origin' })
}

// By host and port alone: behind a proxy that ends TLS our scheme is not the browser's.
function isOurs(origin: string, ctx: ParameterizedContext): boolean {
  return URL.canParse(origin) && new URL(origin).host === ctx.host.toLowerCase()
}

/** What forms of other sites can send without asking first (Fetch standard, section 2.2.2). */
const FORM_TYPES = ['application/x-www-form-urlencoded', 'multipart/form-data', 'text/plain']

/** Throws 415 when the request has a body that a form of another site could have sent. */
export function requireNoForm(ctx: ParameterizedContext): void {
  const isEmpty = ctx.get('content-length') === '0' || ctx.is() === null
  if (isEmpty || (ctx.get('content-type') !== '' && !ctx.is(FORM_TYPES))) return
  const detail =
    'Send JSON, with Content-Type: application/json, or a file as application/octet-stream.'
  ctx.throw(415, detail, { code: 'not_json' })
}
