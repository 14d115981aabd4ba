import Router from '@koa/router'
import type { Knex } from 'knex'
import type { Context, Middleware } from 'koa'
import { z } from 'zod'
import type { Models } from '../../models'
import type { DetectionRun } from '../../models/detection-run'
import { type Abouts, describe } from '../http/about'
import { listOf } from '../http/answers'
import { KeyNumber, Paging, page, readCursor } from '../http/paging'
import { readBody, readQuery } from '../http/validate'
import { ModelCardAnswer, RunAnswer, RunSummaryAnswer } from './answers'
import type { DetectionJob } from './job'
import type { DetectorName } from './learned/detector'
import { modelCard } from './learned/model-card'

const Hour = z.object({
  hour: z.iso
    .datetime({ offset: true })
    .transform((text) => new Date(text))
    .refine((hour) => hour.getTime() <= Date.now(), 'has not begun yet'),
})

const Key = z.tuple([KeyNumber])

const ABOUT: Abouts = {
  'GET /admin/api/detection/runs': {
    who: 'admin',
    says: 'The hours that were judged, the newest first.',
    query: Paging,
    answers: listOf(RunAnswer),
  },
  'GET /admin/api/detection/model': {
    who: 'admin',
    says: 'What the learned score rests on: model, baseline, features, thresholds.',
    answers: ModelCardAnswer,
  },
  'POST /admin/api/detection/run': {
    who: 'admin',
    says: 'Judges an hour now, the running one too.',
    body: Hour,
    answers: RunSummaryAnswer,
  },
}

interface Parts {
  knex: Knex
  models: Pick<Models, 'DetectionRun'>
  detectors: readonly DetectorName[]
  job: Pick<DetectionJob, 'run'>
  requireAdmin: Middleware
}

/** The hours that were judged, and detection on demand. */
export function runRoutes({ knex, models, detectors, job, requireAdmin }: Parts): Router {
  const router = describe(new Router(), ABOUT)

  router.get('/admin/api/detection/runs', requireAdmin, async (ctx: Context) => {
    const { limit, cursor } = readQuery(ctx, Paging)
    const [before] = readCursor(ctx, cursor, Key) ?? []
    const runs = models.DetectionRun.query()
      .orderBy('hour', 'desc')
      .limit(limit + 1)
    if (before !== undefined) runs.where('hour', '<', new Date(before))
    ctx.body = page(await runs, limit, ({ hour }) => [hour.getTime()], present)
  })

  router.get('/admin/api/detection/model', requireAdmin, async (ctx: Context) => {
    ctx.body = await modelCard(knex, detectors)
  })

  router.post('/admin/api/detection/run', requireAdmin, async (ctx: Context) => {
    const { hour } = await readBody(ctx, Hour)
    const summary = await job.run(hour, { force: true })
    if (!summary) {
      ctx.throw(409, 'This hour is being judged right now.', { code: 'running' })
    }
    ctx.body = summary
  })

  return router
}

function present(run: DetectionRun): z.infer<typeof RunAnswer> {
  const { hour, claimedAt, finishedAt, attempts, error, addresses, flagged, facts } = run
  const state = finishedAt ? 'done' : error ? 'failed' : 'running'
  return {
    hour,
    state,
    startedAt: claimedAt,
    finishedAt,
    attempts,
    error,
    addresses,
    flagged,
    facts,
  }
}
