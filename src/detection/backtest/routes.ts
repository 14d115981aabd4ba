import { setTimeout as sleep } from 'node:timers/promises'
import Router from '@koa/router'
import type { Context, Middleware } from 'koa'
import { z } from 'zod'
import { type Abouts, describe } from '../../http/about'
import { StoredText } from '../../http/schemas'
import { readBody } from '../../http/validate'
import { requestPath } from '../../net/request-path'
import { BacktestAnswer } from '../answers'
import type { Backtests } from './backtests'

/** Longest wait for an answer; what takes longer is asked for again. */
const ANSWER_WITHIN_MS = 15_000

const PathPrefix = StoredText.max(500).refine(
  (text) => text.startsWith('/') && requestPath(text) !== '/',
  'takes paths such as /admin',
)

const TrialGiven = z.strictObject({
  days: z.int().min(1).max(30).default(7),
  maxRequestsPerHour: z.int().min(1).max(1_000_000_000).optional(),
  sensitivePaths: z.array(PathPrefix).max(100).optional(),
  severity: z.enum(['info', 'low', 'medium', 'high']).optional(),
  threshold: z.number().min(0).max(1).optional(),
})

const ABOUT: Abouts = {
  'POST /admin/api/detection/backtest': {
    who: 'admin',
    says: 'Judges the last days again with other thresholds, and tells what would change.',
    body: TrialGiven,
    answers: BacktestAnswer,
  },
  'GET /admin/api/detection/backtest': {
    who: 'admin',
    says: 'The back-test that is running, or ran last.',
    answers: BacktestAnswer,
  },
}

interface Parts {
  backtests: Pick<Backtests, 'start' | 'last' | 'ended'>
  requireAdmin: Middleware
}

/** What other thresholds would have flagged in the last days. */
export function backtestRoutes({ backtests, requireAdmin }: Parts): Router {
  const router = describe(new Router(), ABOUT)

  router.post('/admin/api/detection/backtest', requireAdmin, async (ctx: Context) => {
    const begun = backtests.start(await readBody(ctx, TrialGiven))
    if (!begun) {
      ctx.throw(409, 'A back-test is running already: ask for it, or wait.', { code: 'running' })
    }
    await Promise.race([backtests.ended(), sleep(ANSWER_WITHIN_MS, undefined, { ref: false })])
    if (begun.state === 'failed') {
      ctx.throw(503, `The back-test failed: ${begun.error}`, { code: 'failed' })
    }
    ctx.status = begun.state === 'running' ? 202 : 200
    ctx.body = begun
  })

  router.get('/admin/api/detection/backtest', requireAdmin, (ctx: Context) => {
    const { last } = backtests
    if (!last) ctx.throw(404, 'There was no back-test yet.', { code: 'unknown_backtest' })
    ctx.body = last
  })

  return router
}
