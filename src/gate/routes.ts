import Router from '@koa/router'
import type { Context, Middleware } from 'koa'
import { z } from 'zod'
import { addressParam, readAddress } from '../http/address-param'
import { readBody } from '../http/validate'
import type { Gate } from './gate'

const Question = z.object({
  ip: z.string(),
  method: z.string().min(1).max(32),
  path: z.string().min(1).max(16_384),
  userAgent: z.string().max(16_384).default(''),
  account: z.string().max(256).nullable().default(null),
})

interface Parts {
  gate: Gate
  requireCheckKey: Middleware
}

/** What applications ask: may this address pass, may this visit? */
export function gateRoutes({ gate, requireCheckKey }: Parts): Router {
  const router = new Router()

  router.get('/v1/check/:ip', requireCheckKey, (ctx: Context) => {
    ctx.body = gate.verdictOn(addressParam(ctx))
  })

  router.post('/v1/check', requireCheckKey, async (ctx: Context) => {
    const { ip, path: target, ...rest } = await readBody(ctx, Question)
    const address = readAddress(ctx, ip)
    const { verdict, visit } = gate.judge({ ...rest, target, address, source: 'check' })
    ctx.state.visit = visit
    ctx.body = verdict
  })

  return router
}
