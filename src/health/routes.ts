import Router from '@koa/router'
import type { Health } from './health'

/** Alive: the process answers. Ready: send it requests; with one line per part. */
export function healthRoutes(health: Health): Router {
  const router = new Router()

  router.get('/livez', (ctx) => {
    ctx.body = 'alive\n'
  })

  router.get('/readyz', async (ctx) => {
    const parts = await health.parts()
    const status = health.ready ? 'ready' : 'stopping'
    ctx.status = health.ready ? 200 : 503
    if (ctx.accepts('text', 'json') === 'json') {
      ctx.body = { status, parts }
    } else {
      const lines = Object.entries(parts).map(([name, { ok, says }]) => {
        return `${ok ? 'ok  ' : 'down'} ${name}: ${says}`
      })
      ctx.body = `${status}\n${lines.join('\n')}\n`
    }
  })

  return router
}
