import Router from '@koa/router'
import type { Context, Middleware } from 'koa'
import { z } from 'zod'
import type { Models } from '../../models'
import type { SuspiciousIP } from '../../models/suspicious-ip'
import { BlockLength } from '../blocklist/block-length'
import { endOf } from '../blocklist/escalation'
import { BlockRefused } from '../blocklist/guards'
import { type Abouts, describe } from '../http/about'
import { credited, listOf } from '../http/answers'
import { KeyId, KeyNumber, Paging, page, readCursor } from '../http/paging'
import { Moment, NetworkText, StoredLines } from '../http/schemas'
import { readBody, readQuery } from '../http/validate'
import { FindingAnswer, FindingDetailAnswer } from './answers'
import { detailOf } from './finding-detail'
import { isFindingIncident } from './finding-incident'
import { presentFinding } from './present'
import { campaignsOf, listSuspicious, type Place, placesOf, suspiciousKey } from './suspicious'
import { TooBroad } from './teaching/exceptions'
import { IsAllowed, ReviewedMeanwhile, type Reviews } from './teaching/review'
import { NormalGiven } from './teaching/routes'

const Status = z.enum(['open', 'blocked', 'dismissed', 'allowed'])

const Incident = z
  .string()
  .overwrite((text) => text.trim().toLowerCase())
  .refine(
    isFindingIncident,
    'is ten digits and letters; the 16 on a 403 lead to /admin/api/incidents',
  )

const Filter = Paging.extend({
  status: Status.optional(),
  severity: z.enum(['info', 'low', 'medium', 'high']).optional(),
  incident: Incident.optional(),
  ip: NetworkText.optional(),
  from: Moment.optional(),
  to: Moment.optional(),
  sort: z.enum(['newest', 'worst']).default('newest'),
})

const Key = z.tuple([KeyNumber, KeyId])

const Decided = z
  .strictObject({
    decision: z.enum(['block', 'dismiss', 'allow', 'reopen']),
    note: StoredLines.max(2_000).optional(),
    was: Status.optional(),
    for: BlockLength.optional(),
    force: z.boolean().default(false),
    normal: NormalGiven.optional(),
  })
  .refine(({ decision, for: ms }) => ms === undefined || decision === 'block', {
    path: ['for'],
    message: 'only a block can end by itself',
  })
  .refine(({ decision, normal }) => normal === undefined || decision === 'dismiss', {
    path: ['normal'],
    message: 'only what is dismissed can be normal',
  })

const ABOUT: Abouts = {
  'GET /admin/api/suspicious': {
    who: 'admin',
    says: 'Findings, the newest or worst first.',
    query: Filter,
    answers: credited(listOf(FindingAnswer)),
  },
  'GET /admin/api/suspicious/:id': {
    who: 'admin',
    says: 'One finding.',
    answers: credited(FindingDetailAnswer),
  },
  'POST /admin/api/suspicious/:id/review': {
    who: 'admin',
    says: 'Decides about a finding: block, dismiss, allow, reopen.',
    body: Decided,
    answers: credited(FindingAnswer),
  },
}

interface Parts {
  models: Pick<Models, 'SuspiciousIP' | 'RequestLog'>
  reviews: Pick<Reviews, 'decide'>
  requireAdmin: Middleware
}

/** Findings for people, and their decisions. */
export function findingRoutes({ models, reviews, requireAdmin }: Parts): Router {
  const router = describe(new Router(), ABOUT)
  const present = async (found: SuspiciousIP) => {
    const about = await aboutThem(models.SuspiciousIP, [found])
    return itemOf(found, about)
  }

  router.get('/admin/api/suspicious', requireAdmin, async (ctx: Context) => {
    const { limit, cursor, sort, ...filter } = readQuery(ctx, Filter)
    const after = readCursor(ctx, cursor, Key)
    const found = await listSuspicious(models.SuspiciousIP, filter, sort, after, limit + 1)
    const about = await aboutThem(models.SuspiciousIP, found)
    ctx.body = page(
      found,
      limit,
      (last) => suspiciousKey(sort, last),
      (item) => itemOf(item, about),
    )
  })

  router.get('/admin/api/suspicious/:id', requireAdmin, async (ctx: Context) => {
    const found = await models.SuspiciousIP.query().findById(idParam(ctx))
    if (!found) return noSuchFinding(ctx)
    ctx.body = { ...(await present(found)), ...(await detailOf(models, found)) }
  })

  router.post('/admin/api/suspicious/:id/review', requireAdmin, async (ctx: Context) => {
    const { for: length, ...decided } = await readBody(ctx, Decided)
    const expiresAt = endOf(length)
    const { identity, client } = ctx.state
    const who = { by: identity.name, from: client.address }
    try {
      const reviewed = await reviews.decide(idParam(ctx), { ...decided, ...who, expiresAt })
      if (!reviewed) return noSuchFinding(ctx)
      ctx.body = await present(reviewed)
    } catch (error) {
      refuse(ctx, error)
    }
  })

  return router
}

/** Answers what a decision was refused for; other errors rise. */
function refuse(ctx: Context, error: unknown): never {
  if (error instanceof TooBroad) ctx.throw(400, error.message, { code: 'too_broad' })
  if (error instanceof IsAllowed) ctx.throw(409, error.message, { code: 'refused' })
  if (error instanceof BlockRefused) {
    ctx.throw(409, error.message, { code: 'refused', problem: { guard: error.guard } })
  }
  if (!(error instanceof ReviewedMeanwhile)) throw error
  const { status = 'gone', reviewedBy = null, reviewedAt = null } = error.finding ?? {}
  const problem = { finding: { status, reviewedBy, reviewedAt } }
  return ctx.throw(409, error.message, { code: 'reviewed_meanwhile', problem })
}

/** What is told of findings that other tables know. */
interface About {
  places: Map<number, Place>
  campaigns: Map<string, { id: string; title: string }>
}

async function aboutThem(
  model: Models['SuspiciousIP'],
  found: readonly SuspiciousIP[],
): Promise<About> {
  const [places, campaigns] = await Promise.all([placesOf(model, found), campaignsOf(model, found)])
  return { places, campaigns }
}

function itemOf(found: SuspiciousIP, { places, campaigns }: About): z.infer<typeof FindingAnswer> {
  const place = places.get(found.id)
  return {
    ...presentFinding(found),
    campaign: campaigns.get(found.campaignId ?? '') ?? null,
    country: place?.country ?? null,
    city: place?.city ?? null,
  }
}

/** The `:id` of the route; what is no id names no finding. */
function idParam(ctx: Context): number {
  const id = Number(ctx.params.id)
  return Number.isSafeInteger(id) ? id : noSuchFinding(ctx)
}

function noSuchFinding(ctx: Context): never {
  ctx.throw(404, 'There is no such finding.', { code: 'unknown_finding' })
}
