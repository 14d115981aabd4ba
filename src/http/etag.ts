import type { Context } from 'koa'

/**
 * Names the content of the answer, and whether the client has it already (RFC 9110, section
 * 13.1.2): then the answer is 304 and needs no body. Koa's own `ctx.fresh` takes a `no-cache` in
 * the request for "send it anyhow", which fetch adds by itself to every conditional request.
 */
export function isKnownToClient(ctx: Context, etag: string): boolean {
  ctx.etag = etag
  const known = ctx.get('if-none-match').split(',').map(nameOf)
  const isKnown = known.includes(etag) || known.includes('*')
  if (isKnown) ctx.status = 304
  return isKnown
}

/** `W/"name"` says that the content was compressed on the way, which makes no difference here. */
function nameOf(tag: string): string {
  return tag.trim().replace(/^(?:W\/)?"(.*)"$/, '$1')
}
