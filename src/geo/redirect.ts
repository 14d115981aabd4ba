import { isbot } from 'isbot'
import type { Context, Middleware } from 'koa'
import { requestPath, splitTarget } from '../net/request-path'
import type { Region } from './regions'

/** How a site sends its visitors to their version of it. */
export interface RedirectOptions {
  regions: readonly Region[]
  /** The cookie in which a visitor's own choice is kept, as the language of a region. */
  cookie?: string
  /** Pages that exist in every version; the root alone by default. */
  pages?: (path: string) => boolean
}

/**
 * Sends visitors of a page to its localised version: that of their own choice (the cookie), of
 * their `Accept-Language`, or of their country, in this order; `/` becomes `/de/`, and the query
 * stays. Expects `ctx.state.place` (`locateClient`, or whoever else knows), which is asked only
 * when nothing else decides.
 *
 * Only people who open a page are sent: robots, scripts and applications see what they ask for.
 * So does a visitor whose page is localised already. A target is a path of this site, always.
 */
export function redirectByRegion({
  regions,
  cookie = 'language',
  pages = (path) => path === '/',
}: RedirectOptions): Middleware {
  const isLocalised = (path: string) => {
    return regions.some((region) => region.path !== '/' && `${path}/`.startsWith(region.path))
  }

  return async function redirectByRegion(ctx: Context, next) {
    // Judged for a proxy, or asked for here.
    const { method, target } = ctx.state.visit ?? { method: ctx.method, target: ctx.originalUrl }
    const { path, query } = splitTarget(target)
    if (!isReading(method) || !pages(path) || isLocalised(path) || !isPlain(path)) return next()

    ctx.vary('Accept-Language')
    ctx.vary('Cookie')
    const region = opensPage(ctx) ? await regionOf(ctx, regions, cookie) : undefined
    if (!region || region.path === '/') return next()

    ctx.redirect(region.path + path.slice(1) + (query && `?${query}`))
    ctx.set('Cache-Control', 'private, no-store')
  }
}

async function regionOf(
  ctx: Context,
  regions: readonly Region[],
  cookie: string,
): Promise<Region | undefined> {
  const chosen = ctx.cookies.get(cookie)?.toLowerCase()
  const own = regions.find(({ language }) => language !== '' && language === chosen)
  return own ?? spoken(ctx, regions) ?? atHome((await ctx.state.place).country, regions)
}

/**
 * The region of the first language that has one; "de-AT" is served by `de` (RFC 4647, section 3.4),
 * and "pt" by `pt-br`.
 */
function spoken(ctx: Context, regions: readonly Region[]): Region | undefined {
  for (const range of ctx.acceptsLanguages()) {
    const wanted = range.toLowerCase()
    const match =
      regions.find(({ language }) => language === wanted) ??
      regions.find(({ language }) => language !== '' && wanted.startsWith(`${language}-`)) ??
      regions.find(({ language }) => language.startsWith(`${wanted}-`))
    if (match) return match
  }
  return undefined
}

function atHome(country: string | null, regions: readonly Region[]): Region | undefined {
  return (
    regions.find(({ countries }) => country !== null && countries.includes(country)) ??
    regions.find(({ countries }) => countries.includes('*'))
  )
}

function isReading(method: string): boolean {
  return method === 'GET' || method === 'HEAD'
}

/** Whether a path has one reading; how others read `//x` or `/%2e%2e/x` is not tried out on visitors. */
function isPlain(path: string): boolean {
  return requestPath(path) === (path.replace(/\/$/, '').toLowerCase() || '/')
}

/** A browser that shows a page: it says so by itself (Fetch Metadata), or names HTML. */
function opensPage(ctx: Context): boolean {
  const destination = ctx.get('sec-fetch-dest')
  const userAgent = ctx.get('user-agent')
  return (
    (destination === '' || destination === 'document') &&
    /\btext\/html\b/i.test(ctx.get('accept')) &&
    ctx.get('x-requested-with') === '' &&
    userAgent !== '' &&
    !isbot(userAgent)
  )
}
