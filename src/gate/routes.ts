import Router from '@koa/router'
import type { Context, Middleware } from 'koa'
import { z } from 'zod'
import { addressParam } from '../http/address-param'
import { AddressText } from '../http/schemas'
import type { State } from '../http/state'
import { readBody } from '../http/validate'
import { UnknownTier } from '../rate-limit/tiers'
import type { Gate } from './gate'

const Question = z.object({
  ip: AddressText,
  method: z.string().min(1).max(32),
  path: z.string().min(1).max(16_384),
  userAgent: z.string().max(16_384).default(''),
  account: z
    .string()
    .max(256)
    .nullable()
    .default(null)
    .transform((account) => account || null),
  tier: z.string().max(64).optional(),
})

interface Parts {
  gate: Gate
  requireCheckKey: Middleware
}

/** What applications ask: may this address pass, may this visit? */
export function gateRoutes({ gate, requireCheckKey }: Parts): Router<State> {
  const router = new Router<State>()

  router.get('/v1/check/*ip', requireCheckKey, (ctx) => {
    ctx.body = gate.verdictOn(addressParam(ctx))
  })

  router.post('/v1/check', requireCheckKey, async (ctx) => {
    const { ip: address, path: target, tier, ...rest } = await readBody(ctx, Question)
    const asked = { ...rest, target, address, source: 'check' as const }
    const plan = { asker: String(ctx.state.identity?.keyId), tier }
    const { verdict, visit } = await gate.judge(asked, plan).catch((error) => explain(ctx, error))
    ctx.state.visit = visit
    ctx.body = verdict
  })

  return router
}

function explain(ctx: Context, error: unknown): never {
  if (!(error instanceof UnknownTier)) throw error
  return ctx.throw(400, error.message, { code: 'unknown_tier' })
}
