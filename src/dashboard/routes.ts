import Router from '@koa/router'
import type { Middleware, ParameterizedContext } from 'koa'
import { type Abouts, describe } from '../http/about'
import type { State } from '../http/state'
import type { Asset, Page } from './assets'

/** The name holds a hash of the content, so that what is kept is never old. */
const FOR_EVER = 'public, max-age=31536000, immutable'

/**
 * What the page may do: load its own files, ask this service, and nothing else. No text can become
 * script, by whatever mistake (Trusted Types).
 */
const POLICY = [
  "default-src 'none'",
  "script-src 'self'",
  "style-src 'self'",
  "img-src 'self' data:",
  "connect-src 'self'",
  "base-uri 'none'",
  "form-action 'none'",
  "frame-ancestors 'none'",
  "require-trusted-types-for 'script'",
  "trusted-types 'none'",
].join('; ')

const ABOUT: Abouts = {
  'GET /admin': { who: 'anyone', says: 'The dashboard.', gives: ['text/html'] },
  'GET /admin/assets/:name': {
    who: 'anyone',
    says: 'A file of the dashboard.',
    gives: ['text/javascript', 'text/css', 'image/svg+xml'],
  },
}

interface Parts {
  /** Undefined when the build has made none. */
  page: Page | undefined
  /** Finds out who asks, so that reviewers are not taken for people who look for an admin page. */
  identify: Middleware<State>
}

/**
 * The dashboard: a page without secrets, for anyone, which asks the admin API. To ask for it is
 * evidence like any request for a sensitive path, unless somebody is signed in.
 */
export function dashboardRoutes({ page, identify }: Parts): Router<State> {
  const router = describe(new Router<State>(), ABOUT)
  if (!page) return router

  // Relative addresses in the page want the slash; the router takes both.
  router.get('/admin', forgiving(identify), (ctx) => {
    if (ctx.path !== '/admin/') return ctx.redirect('admin/')
    ctx.set({
      'Content-Security-Policy': POLICY,
      'Cache-Control': 'no-cache',
      'Referrer-Policy': 'no-referrer',
      'X-Content-Type-Options': 'nosniff',
      'Cross-Origin-Opener-Policy': 'same-origin',
    })
    ctx.type = 'html'
    ctx.body = page.html
  })

  router.get('/admin/assets/:name', forgiving(identify), (ctx) => {
    const asset = page.assets.get(ctx.params.name!)
    if (!asset) return ctx.throw(404, 'There is no such file.', { code: 'not_found' })
    ctx.set({ 'Cache-Control': FOR_EVER, 'X-Content-Type-Options': 'nosniff' })
    send(ctx, asset)
  })

  return router
}

function send(ctx: ParameterizedContext, { type, plain, br, gzip }: Asset): void {
  ctx.vary('Accept-Encoding')
  const best = ctx.acceptsEncodings('br', 'gzip', 'identity')
  const packed = best === 'br' ? br : best === 'gzip' ? gzip : undefined
  if (packed && best) ctx.set('Content-Encoding', best)
  ctx.type = type
  ctx.body = packed ?? plain
}

/** The page is shown while the database is away too: it says so. */
function forgiving(identify: Middleware<State>): Middleware<State> {
  return async (ctx, next) => {
    await Promise.resolve(identify(ctx, async () => {})).catch(() => {})
    await next()
  }
}
