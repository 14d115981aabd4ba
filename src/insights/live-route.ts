import Router from '@koa/router'
import type { Context, Middleware } from 'koa'
import { type Abouts, describe } from '../http/about'
import type { Live } from './live'

const ABOUT: Abouts = {
  'GET /admin/api/live': {
    who: 'admin',
    says: 'Server-sent events: requests, blocks or findings may have changed.',
    gives: ['text/event-stream'],
  },
}

interface Parts {
  live: Pick<Live, 'open'>
  requireAdmin: Middleware
}

/** What keeps an open page up to date. */
export function liveRoutes({ live, requireAdmin }: Parts): Router {
  const router = describe(new Router(), ABOUT)
  router.get('/admin/api/live', requireAdmin, (ctx: Context) => {
    const stream = live.open()
    if (!stream) {
      const headers = { 'Retry-After': '60' }
      return ctx.throw(503, 'Too many pages are open.', { code: 'busy', expose: true, headers })
    }
    ctx.set({ 'Cache-Control': 'no-store', 'X-Accel-Buffering': 'no' })
    ctx.type = 'text/event-stream'
    ctx.body = stream
  })
  return router
}
