import path from 'node:path'
import type Router from '@koa/router'
import { bindModels } from '../models'
import { accessRoutes } from './auth/access-routes'
import type { Scope } from './auth/keys'
import { authRoutes } from './auth/routes'
import { enforceBlocklist } from './blocklist/middleware'
import { blocklistRoutes } from './blocklist/routes'
import type { Config } from './config'
import { readPage } from './dashboard/assets'
import { dashboardRoutes } from './dashboard/routes'
import { backtestRoutes } from './detection/backtest/routes'
import { CampaignReviews } from './detection/campaigns/review'
import { campaignRoutes } from './detection/campaigns/routes'
import { findingRoutes } from './detection/routes'
import { runRoutes } from './detection/run-routes'
import { Reviews } from './detection/teaching/review'
import { exceptionRoutes } from './detection/teaching/routes'
import { bouncerRoutes } from './gate/bouncer'
import { forwardAuthRoutes } from './gate/forward-auth'
import { Gate } from './gate/gate'
import { ingestRoutes } from './gate/ingest'
import { gateRoutes } from './gate/routes'
import { attributionOf } from './geo/attribution'
import { creditPlaces, locateClient } from './geo/middleware'
import type { Places } from './geo/places'
import { redirectByRegion } from './geo/redirect'
import type { Doctor } from './health/doctor'
import type { Health } from './health/health'
import { healthRoutes } from './health/routes'
import type { ClientReader } from './http/client'
import { offerCsv } from './http/csv'
import { inOrder } from './http/in-order'
import { needDatabase } from './http/need-database'
import { openApiRoutes } from './http/openapi-routes'
import { auditRoutes } from './insights/audit-log'
import type { Live } from './insights/live'
import { liveRoutes } from './insights/live-route'
import { noteRoutes } from './insights/notes'
import { ReverseNames } from './insights/reverse-names'
import { insightRoutes } from './insights/routes'
import type { Logger } from './platform/logger'
import { projectRoot } from './platform/project-root'
import type { OptOutReader } from './privacy/opt-out'
import { optOutRoutes } from './privacy/opt-out-routes'
import { privacyRoutes } from './privacy/routes'
import { Subjects } from './privacy/subject'
import { limitLogin } from './rate-limit/login'
import { limitKey } from './rate-limit/middleware'
import { LimiterStore } from './rate-limit/store'
import { Tiers } from './rate-limit/tiers'
import { requestLogRoutes } from './request-log/routes'
import type { People, Watch } from './service'
import type { Stores } from './stores'

interface Parts {
  config: Config
  log: Logger
  readClient: ClientReader
  isOptedOut: OptOutReader
  stores: Stores
  watch: Watch
  people: People
  health: Health
  doctor: Doctor
  live: Live
}

/** Every route of the service, by capability. */
export function routers(parts: Parts): Router[] {
  const { config, log, readClient, isOptedOut, people, health, doctor, live } = parts
  const { lifeline, knex, models, redis, bus } = parts.stores
  const { blocklist, requestLog, places, crawlers, detection, backtests } = parts.watch
  const { guard } = people
  const requireAdmin = inOrder(guard.requireAdmin, needDatabase(lifeline), offerCsv)
  const attribution = attributionOf(config)
  const seePlaces = inOrder(requireAdmin, creditPlaces(attribution))
  const limits = new LimiterStore(redis)
  const limit = limitLogin(config, limits)
  const tiers = new Tiers(config.rateLimits, limits)
  const requireKey = (scope: Scope) => inOrder(guard.requireKey(scope), limitKey(tiers))
  const requireCheckKey = requireKey('check')
  const gate = new Gate({ blocklist, tiers })
  const { knex: jobs } = parts.stores.database
  const imports = { knex: jobs, models: bindModels(jobs), trustedProxies: config.trustedProxies }
  const reviews = new Reviews({ models, blocklist, bus })
  const subjects = new Subjects({ knex, models, bus, held: requestLog })
  const all = [
    healthRoutes(health, doctor),
    authRoutes({ ...people, limitLogin: limit }),
    accessRoutes({ ...people, requireAdmin, limitLogin: limit, rateLimits: config.rateLimits }),
    auditRoutes({ models, requireAdmin }),
    gateRoutes({ gate, places, attribution, requireCheckKey }),
    forwardAuthRoutes({
      gate,
      readClient,
      isOptedOut,
      requireCheckKey,
      enforceBlocklist: enforceBlocklist(blocklist, log),
      redirect: regionRedirect(config, places),
    }),
    bouncerRoutes({ blocklist, requireBouncerKey: requireKey('bouncer') }),
    ingestRoutes({
      requestLog,
      requireIngestKey: requireKey('ingest'),
      isTrusted: readClient.isTrusted,
      retentionDays: config.retentionDays,
    }),
    blocklistRoutes({ models, imports, blocklist, requireAdmin, requireCheckKey }),
    findingRoutes({ models, reviews, requireAdmin: seePlaces }),
    campaignRoutes({
      models,
      reviews: new CampaignReviews({ models, blocklist, bus }),
      requireAdmin,
    }),
    exceptionRoutes({ models, requireAdmin }),
    runRoutes({ knex, models, detectors: config.detectors, job: detection, requireAdmin }),
    backtestRoutes({ backtests, requireAdmin }),
    requestLogRoutes({ models, requireAdmin: seePlaces }),
    insightRoutes({
      knex,
      models,
      blocklist,
      places,
      crawlers,
      reverseNames: new ReverseNames(config.reverseNames === 'dns'),
      requestLog,
      doctor,
      requireAdmin: seePlaces,
    }),
    noteRoutes({ models, requireAdmin }),
    liveRoutes({ live, requireAdmin }),
    privacyRoutes({ config, subjects, requireAdmin }),
    optOutRoutes(isOptedOut),
    dashboardRoutes({ page: readPage(pageFolder()), identify: guard.identify }),
  ]
  return [...all, openApiRoutes(all)]
}

/** Where the build puts the dashboard. */
function pageFolder(): string {
  return path.join(projectRoot(), 'dist', 'dashboard')
}

/** What sends visitors to their version of a site, when there are several. */
function regionRedirect({ regionRedirects: regions }: Config, places: Places) {
  if (regions.length === 0) return undefined
  return inOrder(locateClient(places), redirectByRegion({ regions }))
}
