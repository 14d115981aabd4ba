import Router from '@koa/router'
import type { Context, Middleware } from 'koa'
import { z } from 'zod'
import type { Models } from '../../../models'
import type { Campaign } from '../../../models/campaign'
import { campaignMembers } from '../../../models/campaign-member'
import { BlockLength } from '../../blocklist/block-length'
import { endOf } from '../../blocklist/escalation'
import { BlockRefused } from '../../blocklist/guards'
import { type Abouts, describe } from '../../http/about'
import { listOf } from '../../http/answers'
import { giverOf } from '../../http/giver'
import { KeyNumber, Paging, page, readCursor } from '../../http/paging'
import { Moment, NetworkText, StoredLines, StoredText } from '../../http/schemas'
import { readBody, readQuery } from '../../http/validate'
import { visible } from '../../net/visible'
import { CampaignAnswer, CampaignDetailAnswer, CampaignReviewedAnswer } from '../answers'
import { IsAllowed } from '../teaching/review'
import { Ground } from './ground'
import { type CampaignReviews, NoMembers } from './review'

const Filter = Paging.extend({
  status: z.enum(['open', 'blocked', 'dismissed']).optional(),
  kind: z.enum(['hunt', 'stuffing', 'flood', 'scraping', 'rotation']).optional(),
  severity: z.enum(['info', 'low', 'medium', 'high']).optional(),
  /** Only those that wait for somebody: open, and not all of their findings decided one by one. */
  waiting: z.literal('true').optional(),
  from: Moment.optional(),
  to: Moment.optional(),
})
const Key = z.tuple([KeyNumber, StoredText])

// What was found about it may be gone, or never have been enough to flag anybody alone.
const WAITING = `
  status = 'open' and (
    exists (select from suspicious_ips where campaign_id = campaigns.id and status = 'open')
    or not exists (select from suspicious_ips where campaign_id = campaigns.id))`

const MOST_NETWORKS = 5_000

const Decided = z
  .strictObject({
    decision: z.enum(['block', 'dismiss', 'reopen']),
    networks: z.array(NetworkText).min(1).max(MOST_NETWORKS).optional(),
    for: BlockLength.optional(),
    note: StoredLines.max(2_000).optional(),
    force: z.boolean().default(false),
  })
  .refine(({ decision, for: ms }) => ms === undefined || decision === 'block', {
    path: ['for'],
    message: 'only a block can end by itself',
  })
  .refine(({ decision, networks }) => networks === undefined || decision === 'block', {
    path: ['networks'],
    message: 'only what is blocked has networks',
  })

const ABOUT: Abouts = {
  'GET /admin/api/campaigns': {
    who: 'admin',
    says: 'Campaigns: many addresses that do one thing together, the last seen first.',
    query: Filter,
    answers: listOf(CampaignAnswer),
  },
  'GET /admin/api/campaigns/:id': {
    who: 'admin',
    says: 'One campaign: its members, the networks that cover them, and who else is in those.',
    answers: CampaignDetailAnswer,
  },
  'POST /admin/api/campaigns/:id/review': {
    who: 'admin',
    says: 'Decides about a campaign: block its networks, all or none, dismiss, reopen.',
    body: Decided,
    answers: CampaignReviewedAnswer,
  },
}

interface Parts {
  models: Pick<Models, 'Campaign'>
  reviews: Pick<CampaignReviews, 'decide'>
  requireAdmin: Middleware
}

/** Campaigns for people, and their decisions. */
export function campaignRoutes({ models, reviews, requireAdmin }: Parts): Router {
  const router = describe(new Router(), ABOUT)

  router.get('/admin/api/campaigns', requireAdmin, async (ctx: Context) => {
    const { limit, cursor, from, to, waiting, ...equal } = readQuery(ctx, Filter)
    const after = readCursor(ctx, cursor, Key)
    const rows = models.Campaign.query()
      .orderBy([
        { column: 'last_seen', order: 'desc' },
        { column: 'id', order: 'desc' },
      ])
      .limit(limit + 1)
    for (const [column, value] of Object.entries(equal)) if (value) rows.where(column, value)
    if (waiting) rows.whereRaw(WAITING)
    if (from) rows.where('last_seen', '>=', from)
    if (to) rows.where('first_seen', '<', to)
    if (after) rows.whereRaw('(last_seen, id) < (?, ?)', [new Date(after[0]), after[1]])
    ctx.body = page(await rows, limit, ({ lastSeen, id }) => [lastSeen.getTime(), id], itemOf)
  })

  router.get('/admin/api/campaigns/:id', requireAdmin, async (ctx: Context) => {
    const campaign = await models.Campaign.query().findById(visible(ctx.params.id))
    if (!campaign) return noSuchCampaign(ctx)
    const knex = models.Campaign.knex()
    const members = (await campaignMembers.of(knex, [campaign.id])).get(campaign.id)!
    const networks = (await Ground.around(knex, members)).cover()
    ctx.body = { ...itemOf(campaign), members, networks }
  })

  router.post('/admin/api/campaigns/:id/review', requireAdmin, async (ctx: Context) => {
    const { for: length, ...decided } = await readBody(ctx, Decided)
    const review = { ...decided, ...giverOf(ctx), expiresAt: endOf(length) }
    try {
      const reviewed = await reviews.decide(visible(ctx.params.id), review)
      if (!reviewed) return noSuchCampaign(ctx)
      ctx.body = { ...itemOf(reviewed.campaign), blocked: reviewed.blocked }
    } catch (error) {
      refuse(ctx, error)
    }
  })

  return router
}

/** Answers what a decision was refused for; other errors rise. */
function refuse(ctx: Context, error: unknown): never {
  if (error instanceof NoMembers) ctx.throw(409, error.message, { code: 'no_members' })
  if (error instanceof IsAllowed) ctx.throw(409, error.message, { code: 'refused' })
  if (!(error instanceof BlockRefused)) throw error
  return ctx.throw(409, error.message, { code: 'refused', problem: { guard: error.guard } })
}

function itemOf({ requests, ...campaign }: Campaign): z.infer<typeof CampaignAnswer> {
  const { id, kind, title, severity, status, reasons, firstSeen, lastSeen, addresses } = campaign
  const { reviewedBy, reviewedAt, note } = campaign
  return {
    id,
    kind,
    title,
    severity,
    status,
    reasons,
    firstSeen,
    lastSeen,
    addresses,
    requests: Number(requests),
    reviewedBy,
    reviewedAt,
    note,
  }
}

function noSuchCampaign(ctx: Context): never {
  ctx.throw(404, 'There is no such campaign.', { code: 'unknown_campaign' })
}
