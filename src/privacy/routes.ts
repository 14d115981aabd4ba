import Router from '@koa/router'
import type { Context, Middleware } from 'koa'
import type { z } from 'zod'
import type { Config } from '../config'
import { type Abouts, describe } from '../http/about'
import { addressParam } from '../http/address-param'
import { ErasureAnswer, NoticeAnswer, SubjectAnswer } from './answers'
import { noticeText, privacyNotice } from './notice'
import type { Subjects } from './subject'

const ABOUT: Abouts = {
  'GET /privacy': {
    who: 'anyone',
    says: 'What is stored, why, and for how long.',
    gives: ['text/plain', 'application/json'],
    answers: NoticeAnswer,
  },
  'GET /admin/api/privacy': {
    who: 'admin',
    says: 'The notice of /privacy, for the dashboard.',
    answers: NoticeAnswer,
  },
  'GET /admin/api/subjects/*ip': {
    who: 'admin',
    says: 'All that is stored about an address.',
    answers: SubjectAnswer,
  },
  'DELETE /admin/api/subjects/*ip': {
    who: 'admin',
    says: 'Erases what is stored about an address.',
    answers: ErasureAnswer,
  },
}

interface Parts {
  config: Config
  subjects: Subjects
  requireAdmin: Middleware
}

/** What is stored, for anyone; export and erasure of one address, for admins. */
export function privacyRoutes({ config, subjects, requireAdmin }: Parts): Router {
  const router = describe(new Router(), ABOUT)
  const notice = privacyNotice(config)
  const text = noticeText(notice)

  router.get('/privacy', (ctx) => {
    ctx.vary('Accept')
    ctx.body = ctx.accepts('text', 'json') === 'json' ? notice : text
  })

  // The same for the dashboard, which may have a listener of its own (ADMIN_PORT).
  router.get('/admin/api/privacy', requireAdmin, (ctx) => {
    ctx.body = notice
  })

  router.get('/admin/api/subjects/*ip', requireAdmin, async (ctx: Context) => {
    ctx.body = await subjects.export(addressParam(ctx))
  })

  router.delete('/admin/api/subjects/*ip', requireAdmin, async (ctx: Context) => {
    const { name } = ctx.state.identity
    const erased: z.infer<typeof ErasureAnswer> = await subjects.erase(addressParam(ctx), name)
    ctx.body = erased
  })

  return router
}
