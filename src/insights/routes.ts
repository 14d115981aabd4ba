import Router from '@koa/router'
import type { Knex } from 'knex'
import type { Context, Middleware } from 'koa'
import { z } from 'zod'
import type { Models } from '../../models'
import { addressParam } from '../http/address-param'
import { readQuery } from '../http/validate'
import { describeAddress } from './address'
import { overview } from './overview'

const DAY_MS = 86_400_000

/** Longest span of an overview: its cost grows with the rows in it. */
const LONGEST_DAYS = 31

const Span = z
  .object({ from: z.coerce.date().optional(), to: z.coerce.date().optional() })
  .transform(({ from, to = new Date() }) => ({ from: from ?? new Date(+to - DAY_MS), to }))
  .refine(({ from, to }) => from < to && +to - +from <= LONGEST_DAYS * DAY_MS, {
    path: ['from'],
    message: `at most ${LONGEST_DAYS} days before "to"`,
  })

interface Parts {
  knex: Knex
  models: Models
  requireAdmin: Middleware
}

/** What the dashboard draws: the overview, and everything about one address. */
export function insightRoutes({ knex, models, requireAdmin }: Parts): Router {
  const router = new Router()

  router.get('/admin/api/overview', requireAdmin, async (ctx: Context) => {
    const { from, to } = readQuery(ctx, Span)
    ctx.body = await overview(knex, from, to)
  })

  router.get('/admin/api/addresses/:ip', requireAdmin, async (ctx: Context) => {
    ctx.body = await describeAddress(knex, models, addressParam(ctx))
  })

  return router
}
