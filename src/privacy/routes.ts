import Router from '@koa/router'
import type { Context, Middleware } from 'koa'
import type { Models } from '../../models'
import type { Config } from '../config'
import { addressParam } from '../http/address-param'
import type { RequestLog } from '../request-log/request-log'
import { noticeText, privacyNotice } from './notice'
import { eraseSubject, exportSubject } from './subject'

interface Parts {
  config: Config
  models: Models
  requestLog: Pick<RequestLog, 'drain'>
  requireAdmin: Middleware
}

/** What is stored, for anyone; export and erasure of one address, for admins. */
export function privacyRoutes({ config, models, requestLog, requireAdmin }: Parts): Router {
  const router = new Router()
  const notice = privacyNotice(config)
  const text = noticeText(notice)

  router.get('/privacy', (ctx) => {
    ctx.body = ctx.accepts('text', 'json') === 'json' ? notice : text
  })

  router.get('/admin/api/subjects/*ip', requireAdmin, async (ctx: Context) => {
    ctx.body = await exportSubject(models, requestLog, addressParam(ctx))
  })

  router.delete('/admin/api/subjects/*ip', requireAdmin, async (ctx: Context) => {
    const { name } = ctx.state.identity
    ctx.body = await eraseSubject(models, requestLog, addressParam(ctx), name)
  })

  return router
}
