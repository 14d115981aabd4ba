import Router from '@koa/router'
import type { Context, Middleware } from 'koa'
import { z } from 'zod'
import type { Models } from '../../models'
import type { RequestLog } from '../../models/request-log'
import { type Abouts, describe } from '../http/about'
import { credited, listOf } from '../http/answers'
import { cursorOf, KeyId, KeyNumber, Paging, page, readCursor } from '../http/paging'
import { CountryText, Moment, NetworkText, StoredText } from '../http/schemas'
import { readQuery } from '../http/validate'
import { RequestAnswer } from './answers'
import { searchRequests, sortKey } from './search'

const Filter = Paging.extend({
  ip: NetworkText.optional(),
  path: StoredText.min(1).max(2_048).optional(),
  status: z
    .string()
    .regex(/^[1-9](\d\d|xx)$/, 'takes a status such as 404, or 4xx')
    .optional(),
  country: CountryText.optional(),
  asn: z
    .string()
    .regex(/^(-|\d{1,10})$/, 'takes the number of a network operator')
    .optional(),
  agent: StoredText.max(2_048).optional(),
  outcome: z.enum(['allowed', 'limited', 'blocked']).optional(),
  without: z.literal('known').optional(),
  from: Moment.optional(),
  to: Moment.optional(),
})

const SortKey = z.tuple([KeyNumber, KeyId])

const ABOUT: Abouts = {
  'GET /admin/api/requests': {
    who: 'admin',
    says: 'The request log, the newest first.',
    query: Filter,
    answers: credited(listOf(RequestAnswer)),
  },
}

interface Parts {
  models: Pick<Models, 'RequestLog'>
  requireAdmin: Middleware
}

/**
 * The request log for people, newest first:
 * `?ip=&path=&status=&country=&asn=&agent=&outcome=&without=known&from=&to=&limit=&cursor=`.
 */
export function requestLogRoutes({ models, requireAdmin }: Parts): Router {
  const router = describe(new Router(), ABOUT)

  router.get('/admin/api/requests', requireAdmin, async (ctx: Context) => {
    const { limit, cursor, without, ...rest } = readQuery(ctx, Filter)
    const search = { ...rest, withoutKnown: without === 'known' }
    const before = readCursor(ctx, cursor, SortKey)
    const { rows, resumeAt } = await searchRequests(models.RequestLog, search, before, limit + 1)
    const { items, next } = page(rows, limit, sortKey, presentRequest)
    ctx.body = { items, next: next ?? (resumeAt && cursorOf(resumeAt)) }
  })

  return router
}

/** A request as the admin API tells it. */
export function presentRequest(request: RequestLog): z.infer<typeof RequestAnswer> {
  const { id, ...shown } = request
  return shown
}
