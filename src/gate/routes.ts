import Router from '@koa/router'
import type { Context, Middleware } from 'koa'
import { z } from 'zod'
import type { Places } from '../geo/places'
import { networkSubject } from '../geo/subject'
import { type Abouts, describe } from '../http/about'
import { addressParam } from '../http/address-param'
import { AddressText } from '../http/schemas'
import type { State } from '../http/state'
import { readBody, readQuery } from '../http/validate'
import { UnknownTier } from '../rate-limit/tiers'
import { VerdictAnswer } from './answers'
import type { Gate, Verdict } from './gate'

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
  /** Whether the answer shall say where the visitor is. */
  place: z.boolean().default(false),
  /** The visitor sent `Sec-GPC: 1`, or opted out in the application. */
  optedOut: z.boolean().default(false),
  /** Whether the visitor sent `Referer`. */
  hasReferer: z.boolean().optional(),
})

const Asked = z.object({ place: z.enum(['yes', 'no']).default('no') })

const ABOUT: Abouts = {
  'GET /v1/check/*ip': {
    who: 'check',
    says: 'The verdict on an address now.',
    query: Asked,
    answers: VerdictAnswer,
  },
  'POST /v1/check': {
    who: 'check',
    says: 'Judges one visit and records it.',
    body: Question,
    answers: VerdictAnswer,
  },
}

interface Parts {
  gate: Gate
  places: Pick<Places, 'find'>
  /** Whose data the places are. */
  attribution: string
  requireCheckKey: Middleware
}

/** What applications ask: may this address pass, may this visit? And where is it, if they like. */
export function gateRoutes(parts: Parts): Router<State> {
  const { gate, places, attribution, requireCheckKey } = parts
  const router = describe(new Router<State>(), ABOUT)

  // Only for those who ask: a verdict is in memory, a place may take a while.
  const located = async (verdict: Verdict, subject = verdict.ipAddress) => {
    return { ...verdict, place: await places.find(subject), attribution }
  }

  router.get('/v1/check/*ip', requireCheckKey, async (ctx) => {
    const { place } = readQuery(ctx, Asked)
    const verdict = gate.verdictOn(addressParam(ctx))
    ctx.body = place === 'yes' ? await located(verdict) : verdict
  })

  router.post('/v1/check', requireCheckKey, async (ctx) => {
    const { ip: address, path: target, tier, place, ...rest } = await readBody(ctx, Question)
    const asked = { ...rest, target, address, source: 'check' as const }
    const plan = { asker: String(ctx.state.identity?.keyId), tier }
    const { verdict, visit } = await gate.judge(asked, plan).catch((error) => explain(ctx, error))
    ctx.state.visit = visit
    const subject = rest.optedOut ? networkSubject(address) : address
    ctx.body = place ? await located(verdict, subject) : verdict
  })

  return router
}

function explain(ctx: Context, error: unknown): never {
  if (!(error instanceof UnknownTier)) throw error
  return ctx.throw(400, error.message, { code: 'unknown_tier' })
}
