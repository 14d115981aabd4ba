import Router from '@koa/router'
import type { Context, Middleware } from 'koa'
import { z } from 'zod'
import type { Models } from '../../models'
import type { AuditEntry } from '../../models/audit-entry'
import { type Abouts, describe } from '../http/about'
import { listOf } from '../http/answers'
import { KeyId, Paging, page, readCursor } from '../http/paging'
import { Moment, StoredText } from '../http/schemas'
import { readQuery } from '../http/validate'
import { AuditAnswer } from './answers'

const Filter = Paging.extend({
  actor: StoredText.max(254).optional(),
  /** A verb and noun, or what it begins with: `block`, `block.create`. */
  action: z
    .string()
    .regex(/^[a-z-]+(?:\.[a-z-]+)?$/, 'such as block or block.create')
    .optional(),
  subject: StoredText.max(254).optional(),
  from: Moment.optional(),
  to: Moment.optional(),
})

const Key = z.tuple([KeyId])

const ABOUT: Abouts = {
  'GET /admin/api/audit': {
    who: 'admin',
    says: 'Who changed what, when and from where.',
    query: Filter,
    answers: listOf(AuditAnswer),
  },
}

interface Parts {
  models: Pick<Models, 'AuditEntry'>
  requireAdmin: Middleware
}

/** Who changed what, when and from where, the newest first. */
export function auditRoutes({ models, requireAdmin }: Parts): Router {
  const router = describe(new Router(), ABOUT)
  router.get('/admin/api/audit', requireAdmin, async (ctx: Context) => {
    const { limit, cursor, actor, action, subject, from, to } = readQuery(ctx, Filter)
    const [before] = readCursor(ctx, cursor, Key) ?? []
    const entries = await models.AuditEntry.query()
      .modify((query) => {
        if (actor) query.where('actor', actor)
        if (action?.includes('.')) query.where('action', action)
        else if (action) query.where('action', 'like', `${action}.%`)
        if (subject) query.where('subject', subject)
        if (from) query.where('at', '>=', from)
        if (to) query.where('at', '<', to)
        if (before !== undefined) query.where('id', '<', before)
      })
      .orderBy('id', 'desc')
      .limit(limit + 1)
    ctx.body = page(entries, limit, ({ id }) => [id], present)
  })
  return router
}

function present(entry: AuditEntry): z.infer<typeof AuditAnswer> {
  const { id, at, actor, action, subject, details, ipAddress } = entry
  return { id, at, actor, action, subject, details, ipAddress }
}
