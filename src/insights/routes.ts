import Router from '@koa/router'
import type { Knex } from 'knex'
import type { Context, Middleware } from 'koa'
import { z } from 'zod'
import type { Models } from '../../models'
import type { Blocklist } from '../blocklist/blocklist'
import type { Crawlers } from '../detection/crawlers/crawlers'
import type { Places } from '../geo/places'
import type { Doctor } from '../health/doctor'
import { type Abouts, describe } from '../http/about'
import { addressParam } from '../http/address-param'
import { credited } from '../http/answers'
import { Moment, NetworkText } from '../http/schemas'
import { readQuery } from '../http/validate'
import type { RequestLog } from '../request-log/request-log'
import { activityOf } from './activity'
import { describeAddress } from './address'
import {
  ActivityAnswer,
  AddressAnswer,
  DoctorAnswer,
  FairnessAnswer,
  IncidentAnswer,
  NamesAnswer,
  NetworkAnswer,
  OverviewAnswer,
  StorageAnswer,
  TopAnswer,
  TrafficAnswer,
} from './answers'
import { fairness } from './fairness'
import { InsightQuery } from './filter'
import { findIncident } from './incident'
import { networkSeen } from './network-seen'
import { overview } from './overview'
import type { ReverseNames } from './reverse-names'
import { storage } from './storage'
import { GROUPED_BY, top } from './top'
import { traffic } from './traffic'

const DAY_MS = 86_400_000

/** Longest span of an overview: its cost grows with the rows in it. */
const LONGEST_DAYS = 31

const Span = z
  .object({ from: Moment.optional(), to: Moment.optional() })
  .transform(({ from, to = new Date() }) => ({ from: from ?? new Date(+to - DAY_MS), to }))
  .refine(({ from, to }) => from < to && +to - +from <= LONGEST_DAYS * DAY_MS, {
    path: ['from'],
    message: `at most ${LONGEST_DAYS} days before "to"`,
  })

const Grouping = z.object({ by: z.enum(['country', 'network']).default('country') })

const Named = z.object({ network: NetworkText })

const Findings = z.object({
  findings: z
    .string()
    .regex(/^\d{1,15}(,\d{1,15}){0,99}$/, 'takes up to a hundred ids')
    .transform((text) => text.split(',').map(Number)),
})

const ABOUT: Abouts = {
  'GET /admin/api/overview': {
    who: 'admin',
    says: 'The figures of a span of time.',
    query: Span,
    answers: credited(OverviewAnswer),
  },
  'GET /admin/api/doctor': {
    who: 'admin',
    says: 'Settings that keep clients from being told apart.',
    answers: credited(DoctorAnswer),
  },
  'GET /admin/api/traffic': {
    who: 'admin',
    says: 'Requests over time.',
    query: InsightQuery,
    answers: credited(TrafficAnswer),
  },
  'GET /admin/api/top/:by': {
    who: 'admin',
    says: 'Who and what came most.',
    query: InsightQuery,
    answers: credited(TopAnswer),
  },
  'GET /admin/api/activity': {
    who: 'admin',
    says: 'Requests over time of the addresses of some findings.',
    query: Findings,
    answers: credited(ActivityAnswer),
  },
  'GET /admin/api/networks': {
    who: 'admin',
    says: 'Who was seen in a network today.',
    query: Named,
    answers: credited(NetworkAnswer),
  },
  'GET /admin/api/storage': {
    who: 'admin',
    says: 'What is stored, and for how long.',
    answers: credited(StorageAnswer),
  },
  'GET /admin/api/fairness': {
    who: 'admin',
    says: 'Flagged and refused against all who came.',
    query: Grouping,
    answers: credited(FairnessAnswer),
  },
  'GET /admin/api/addresses/*ip': {
    who: 'admin',
    says: 'All about an address.',
    answers: credited(AddressAnswer),
  },
  'GET /admin/api/names/*ip': {
    who: 'admin',
    says: 'The names of an address in DNS, when REVERSE_NAMES allows to ask.',
    answers: credited(NamesAnswer),
  },
  'GET /admin/api/incidents/:id': {
    who: 'admin',
    says: 'What is behind the incident of a refusal.',
    answers: credited(IncidentAnswer),
  },
}

interface Parts {
  knex: Knex
  blocklist: Pick<Blocklist, 'objectionTo'>
  places: Pick<Places, 'find'>
  crawlers: Pick<Crawlers, 'known'>
  reverseNames: Pick<ReverseNames, 'of' | 'isAllowed'>
  models: Models
  requestLog: Pick<RequestLog, 'drain'>
  doctor: Pick<Doctor, 'warnings'>
  requireAdmin: Middleware
}

/** What the dashboard draws: the overview, fairness, and all about one address or incident. */
export function insightRoutes(parts: Parts): Router {
  const { knex, models, blocklist, places, crawlers, reverseNames, requestLog, doctor } = parts
  const { requireAdmin } = parts
  const router = describe(new Router(), ABOUT)

  router.get('/admin/api/overview', requireAdmin, async (ctx: Context) => {
    const { from, to } = readQuery(ctx, Span)
    ctx.body = { ...(await overview(knex, from, to)), warnings: doctor.warnings }
  })

  router.get('/admin/api/doctor', requireAdmin, (ctx: Context) => {
    ctx.body = { warnings: doctor.warnings }
  })

  router.get('/admin/api/traffic', requireAdmin, async (ctx: Context) => {
    ctx.body = await traffic(knex, readQuery(ctx, InsightQuery))
  })

  router.get('/admin/api/top/:by', requireAdmin, async (ctx: Context) => {
    const by = GROUPED_BY.find((name) => name === ctx.params.by)
    if (!by) ctx.throw(404, `There are ${GROUPED_BY.join(', ')}.`, { code: 'not_found' })
    ctx.body = await top({ knex, places }, by!, readQuery(ctx, InsightQuery))
  })

  router.get('/admin/api/activity', requireAdmin, async (ctx: Context) => {
    const { findings } = readQuery(ctx, Findings)
    ctx.body = { items: await activityOf(knex, findings) }
  })

  router.get('/admin/api/networks', requireAdmin, async (ctx: Context) => {
    const { network } = readQuery(ctx, Named)
    ctx.body = await networkSeen({ knex, models, blocklist }, network, ctx.state.client.address)
  })

  router.get('/admin/api/storage', requireAdmin, async (ctx: Context) => {
    ctx.body = await storage(knex)
  })

  router.get('/admin/api/fairness', requireAdmin, async (ctx: Context) => {
    const { from, to } = readQuery(ctx, Span)
    const { by } = readQuery(ctx, Grouping)
    ctx.body = await fairness(knex, by, from, to)
  })

  router.get('/admin/api/addresses/*ip', requireAdmin, async (ctx: Context) => {
    ctx.body = await describeAddress({ knex, models, places, crawlers }, addressParam(ctx))
  })

  router.get('/admin/api/names/*ip', requireAdmin, async (ctx: Context) => {
    const ipAddress = addressParam(ctx)
    const names = (await reverseNames.of(ipAddress)) ?? null
    ctx.body = { ipAddress, allowed: reverseNames.isAllowed, names }
  })

  router.get('/admin/api/incidents/:id', requireAdmin, async (ctx: Context) => {
    const incident = await findIncident(models, requestLog, ctx.params.id.toLowerCase())
    if (!incident) {
      const detail =
        'There is no such incident, or none any more: it is kept as long as its request is.'
      ctx.throw(404, detail, { code: 'unknown_incident' })
    }
    ctx.body = incident
  })

  return router
}
