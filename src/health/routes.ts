import Router from '@koa/router'
import { type Abouts, describe } from '../http/about'
import { ReadyAnswer } from './answers'
import type { Doctor, Warning } from './doctor'
import type { Health } from './health'

const ABOUT: Abouts = {
  'GET /livez': { who: 'anyone', says: 'The process answers.', gives: ['text/plain'] },
  'GET /readyz': {
    who: 'anyone',
    says: 'Whether requests can be sent here, with a line per part.',
    gives: ['text/plain', 'application/json'],
    answers: ReadyAnswer,
  },
}

/**
 * Alive: the process answers. Ready: send it requests; with one line per part, and with `?verbose`
 * what the doctor says. Anyone may ask, so that names nobody's address; admins find it all in the
 * overview.
 */
export function healthRoutes(health: Health, doctor: Pick<Doctor, 'warnings'>): Router {
  const router = describe(new Router(), ABOUT)

  router.get('/livez', (ctx) => {
    ctx.body = 'alive\n'
  })

  router.get('/readyz', async (ctx) => {
    const parts = await health.parts()
    const { status } = health
    const warnings = ctx.query.verbose === undefined ? undefined : doctor.warnings.map(forAnyone)
    ctx.status = status === 'ready' ? 200 : 503
    ctx.vary('Accept')
    if (ctx.accepts('text', 'json') === 'json') {
      ctx.body = { status, parts, warnings }
    } else {
      const lines = Object.entries(parts).map(([name, { ok, says }]) => {
        return `${ok ? 'ok  ' : 'down'} ${name}: ${says}`
      })
      for (const { summary } of warnings ?? []) lines.push(`warn clients: ${summary}`)
      ctx.body = `${status}\n${lines.join('\n')}\n`
    }
  })

  return router
}

function forAnyone({ code, summary }: Warning) {
  return { code, summary }
}
