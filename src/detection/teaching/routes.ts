import Router from '@koa/router'
import type { Context, Middleware } from 'koa'
import { z } from 'zod'
import type { Models } from '../../../models'
import type { Exception } from '../../../models/exception'
import { type Abouts, describe } from '../../http/about'
import { listOf } from '../../http/answers'
import { KeyId, Paging, page, readCursor } from '../../http/paging'
import { DurationText, NetworkText, reading, StoredText } from '../../http/schemas'
import { readQuery } from '../../http/validate'
import { ExceptionAnswer } from '../answers'
import { removeException, runningExceptions } from './exceptions'
import { InvalidPattern, PathPattern } from './path-pattern'

/** What is normal about a finding that is dismissed: a path, an agent or both, from a network, for a while. */
export const NormalGiven = z.strictObject({
  path: z
    .string()
    .transform(reading((text) => PathPattern.parse(text), InvalidPattern))
    .optional(),
  agent: StoredText.trim().min(1).max(200).optional(),
  network: NetworkText.optional(),
  for: DurationText.optional(),
})

const Filter = Paging.extend({ ip: NetworkText.optional() })
const Key = z.tuple([KeyId])

const ABOUT: Abouts = {
  'GET /admin/api/exceptions': {
    who: 'admin',
    says: 'What dismissals have named as normal.',
    query: Filter,
    answers: listOf(ExceptionAnswer),
  },
  'DELETE /admin/api/exceptions/:id': {
    who: 'admin',
    says: 'Takes an exception back.',
    status: 204,
  },
}

interface Parts {
  models: Pick<Models, 'Exception' | 'AuditEntry'>
  requireAdmin: Middleware
}

/** The exceptions in force, and their end. They are made by dismissing a finding. */
export function exceptionRoutes({ models, requireAdmin }: Parts): Router {
  const router = describe(new Router(), ABOUT)

  router.get('/admin/api/exceptions', requireAdmin, async (ctx: Context) => {
    const { limit, cursor, ip } = readQuery(ctx, Filter)
    const [before] = readCursor(ctx, cursor, Key) ?? []
    const found = runningExceptions(models.Exception)
      .orderBy('id', 'desc')
      .limit(limit + 1)
    if (before !== undefined) found.where('id', '<', before)
    if (ip !== undefined) found.whereRaw('network && ?::inet', [ip])
    ctx.body = page(await found, limit, ({ id }) => [id], present)
  })

  router.delete('/admin/api/exceptions/:id', requireAdmin, async (ctx: Context) => {
    const { id } = ctx.params
    const { identity, client } = ctx.state
    const given = { by: identity.name, from: client.address }
    const removed = /^\d{1,15}$/.test(id) && (await removeException(models, Number(id), given))
    if (!removed) ctx.throw(404, 'There is no such exception.', { code: 'unknown_exception' })
    ctx.status = 204
  })

  return router
}

function present(exception: Exception): z.infer<typeof ExceptionAnswer> {
  const { id, network, path, agent, reason, findingId, madeBy, madeAt, expiresAt } = exception
  return { id, network, path, agent, reason, finding: findingId, madeBy, madeAt, expiresAt }
}
