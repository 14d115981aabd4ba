import type Router from '@koa/router'
import { bindModels } from '../models'
import { createApp } from './app'
import { Accounts } from './auth/accounts'
import { SessionCookie } from './auth/cookie'
import { FamiliarNetworks } from './auth/familiar-networks'
import { Guard } from './auth/guard'
import { Keys, type Scope } from './auth/keys'
import { Passwords } from './auth/passwords'
import { authRoutes } from './auth/routes'
import { Sessions } from './auth/sessions'
import { SignIn } from './auth/sign-in'
import { transportReader } from './auth/transport'
import { Blocklist } from './blocklist/blocklist'
import { settleEnded } from './blocklist/ended'
import { enforceBlocklist } from './blocklist/middleware'
import { blocklistRoutes } from './blocklist/routes'
import type { Config } from './config'
import { DetectionJob } from './detection/job'
import { Reviews } from './detection/review'
import { detectionRoutes } from './detection/routes'
import { bouncerRoutes } from './gate/bouncer'
import { forwardAuthRoutes } from './gate/forward-auth'
import { Gate } from './gate/gate'
import { ingestRoutes } from './gate/ingest'
import { gateRoutes } from './gate/routes'
import { attributionOf } from './geo/attribution'
import { creditPlaces, locateClient } from './geo/middleware'
import { Places } from './geo/places'
import { redirectByRegion } from './geo/redirect'
import { Doctor } from './health/doctor'
import { Health, type PartHealth, type Probes } from './health/health'
import { healthRoutes } from './health/routes'
import { type ClientReader, clientReader } from './http/client'
import { inOrder } from './http/in-order'
import { needDatabase } from './http/need-database'
import { closeServer, listen, urlOf } from './http/server'
import { answerUnreached } from './http/unreached'
import { insightRoutes } from './insights/routes'
import { joinBuses, PostgresBus, RedisBus } from './platform/bus'
import { cannotUse, connectWhileUp, openDatabase } from './platform/database'
import { Opened } from './platform/lifecycle'
import { Lifeline } from './platform/lifeline'
import type { Logger } from './platform/logger'
import { migrate } from './platform/migrations'
import { openRedis } from './platform/redis'
import { schedule } from './platform/scheduler'
import { isAway, isRefusedByServer } from './platform/unavailable'
import { type OptOutReader, optOutReader } from './privacy/opt-out'
import { optOutRoutes } from './privacy/opt-out-routes'
import { Retention } from './privacy/retention'
import { privacyRoutes } from './privacy/routes'
import { ERASURE_TOPIC, Subjects } from './privacy/subject'
import { Delays } from './rate-limit/delays'
import { limitLogin } from './rate-limit/login'
import { limitKey } from './rate-limit/middleware'
import { LimiterStore } from './rate-limit/store'
import { Tiers } from './rate-limit/tiers'
import { RequestLog } from './request-log/request-log'
import { requestLogRoutes } from './request-log/routes'
import { type UnreachedCounts, unreachedRecorder } from './request-log/unreached'

/** How long a start waits for a database that does not answer; protection must not wait longer. */
const FIRST_CONTACT_MS = 2_000

/** The retention is due every hour, away from the full hour, when the detection runs. */
const RETENTION_SCHEDULE = '17 * * * *'

/** Blocks that are over become history; half a minute away from what happens at full ones. */
const SETTLE_SCHEDULE = '30 * * * * *'

/** A running service. */
export interface Service {
  /** Where it listens. */
  readonly url: string
  /** Whether anybody can sign in yet; undefined when the database has not answered. */
  readonly hasAdmin: boolean | undefined
  /** Turns unready, answers what is in flight, writes the request log, closes everything. */
  stop(): Promise<void>
}

/**
 * Starts a service: configuration in, running service out. Each part is opened, started and handed
 * to those that need it; when one cannot start, those before it are closed again and it throws.
 */
export async function startService(config: Config, log: Logger): Promise<Service> {
  const opened = new Opened()
  try {
    return await start(config, log, opened)
  } catch (error) {
    await opened.close()
    throw error
  }
}

async function start(config: Config, log: Logger, opened: Opened): Promise<Service> {
  const stores = await openStores(config, log, opened)
  const watch = await openWatch(config, log, stores, opened)
  const people = await openPeople(config, log, stores, opened)
  const doctor = new Doctor(config, log)
  const readClient = clientReader(config, doctor)
  const isOptedOut = optOutReader(config)
  const unreached = unreachedRecorder(watch.requestLog, readClient.isTrusted)
  const health = new Health(probes(stores, watch, people, unreached.counts), () => {
    return watch.blocklist.state.from === 'database' && people.keys.size !== undefined
  })
  const app = createApp({
    readClient,
    log,
    requestLog: watch.requestLog,
    isOptedOut,
    blocklist: watch.blocklist,
    routers: routers({
      config,
      log,
      readClient,
      isOptedOut,
      stores,
      watch,
      people,
      health,
      doctor,
    }),
  })
  const handler = app.callback()
  const server = opened.add(await listen(handler, config), closeServer)
  answerUnreached(server, handler, unreached.record)
  const url = urlOf(server)
  log.info({ url, dataDir: config.dataDir }, 'listening')
  return {
    url,
    hasAdmin: await hasAdmin(stores),
    stop() {
      health.beginStop()
      return opened.close()
    },
  }
}

/** Where things are kept, and how instances tell each other that something changed. */
async function openStores(config: Config, log: Logger, opened: Opened) {
  const { databaseUrl, dataDir, redisUrl } = config
  const database = opened.add(
    await openDatabase({ databaseUrl, dataDir, role: 'service', log }),
    (database) => database.close(),
  )
  const { connection, isEmbedded } = database
  // The embedded one lives in this process: asking it for a sign of life would tell nothing.
  const lifeline = opened.add(
    new Lifeline(connection, log, isEmbedded ? { askEveryMs: 0 } : {}),
    (lifeline) => lifeline.stop(),
  )
  let isMigrated = false
  lifeline.prepareWith(async () => {
    if (!isMigrated) await migrate(database.knex)
    isMigrated = true
  })

  const knex = isEmbedded
    ? database.knex
    : opened.add(connectWhileUp(connection, lifeline), (knex) => knex.destroy())
  const redis = redisUrl
    ? opened.add(openRedis(redisUrl, log), (redis) => redis.close())
    : undefined
  const postgresBus = new PostgresBus(knex, lifeline, log)
  const bus = opened.add(
    redis ? joinBuses(postgresBus, new RedisBus(redis, log)) : postgresBus,
    (bus) => bus.stop(),
  )
  await bus.start()
  await lifeline.start(FIRST_CONTACT_MS)
  return { database, lifeline, knex, models: bindModels(knex), redis, bus }
}

/** What watches: the blocklist, the request log, and the jobs on the clock. */
async function openWatch(config: Config, log: Logger, stores: Stores, opened: Opened) {
  const { database, lifeline, models, bus, redis } = stores
  const { connection } = database
  const { dataDir, trustedProxies, blockEscalation } = config
  const blocklist = opened.add(
    new Blocklist({
      models,
      bus,
      connection,
      dataDir,
      redis,
      log,
      trustedProxies,
      blockEscalation,
    }),
    (blocklist) => blocklist.stop(),
  )
  // When the database is known to be away, the last known list must not wait for it once more.
  await blocklist.start(lifeline.up ? undefined : 0)
  refuseMistakes(stores, blocklist)

  const places = opened.add(new Places(), (places) => places.close())
  const requestLog = opened.add(
    new RequestLog({ config, connection, role: 'service', log, places }),
    (requestLog) => requestLog.stop(),
  )
  requestLog.start()
  bus.subscribe(ERASURE_TOPIC, () => void requestLog.forgetPlaces().catch(() => {}))

  const jobs = database.knex
  const detection = opened.add(
    new DetectionJob({
      knex: jobs,
      blocklist,
      drain: () => requestLog.drain(),
      settings: config,
      log,
    }),
    (detection) => detection.stop(),
  )
  detection.start()

  const blocks = bindModels(jobs)
  opened.add(
    schedule(SETTLE_SCHEDULE, 'blocks that end', () => settleEnded(jobs, blocks), log),
    (schedule) => schedule.stop(),
  )

  const retention = new Retention(jobs, config, log)
  opened.add(
    schedule(RETENTION_SCHEDULE, 'retention', () => retention.run(), log),
    (schedule) => schedule.stop(),
  )
  return { blocklist, requestLog, places, detection }
}

/** Who may ask for what. */
async function openPeople(config: Config, log: Logger, stores: Stores, opened: Opened) {
  const { knex, models, bus, redis } = stores
  const keys = opened.add(new Keys({ apiKeys: models.ApiKey, bus, log }), (keys) => keys.stop())
  await keys.start()
  const sessions = new Sessions(models.Session, log)
  const cookie = new SessionCookie(transportReader(config.trustedProxies))
  const accounts = new Accounts(models, new Passwords())
  const familiar = new FamiliarNetworks(knex)
  const signIn = new SignIn({ accounts, familiar, delays: new Delays(redis), log })
  return { signIn, sessions, cookie, keys, guard: new Guard({ sessions, keys, cookie }) }
}

/**
 * Throws when the database was met and is of no use: a wrong password, no such database, a schema of
 * a newer version. That is an operator's mistake, to be told at once, unless a last known list says
 * whom to keep out meanwhile: then protection goes first, and /readyz and the log tell.
 */
function refuseMistakes({ database, lifeline }: Stores, { state }: Blocklist): void {
  const { failure } = lifeline
  if (!failure) return
  const isMistake = !isAway(failure) && state.from === 'nowhere'
  if (database.isEmbedded || isMistake) throw cannotUse(database.connection, failure)
}

async function hasAdmin({ models }: Stores): Promise<boolean | undefined> {
  try {
    return (await models.Account.query().limit(1).first()) !== undefined
  } catch (error) {
    if (isAway(error)) return undefined
    throw error
  }
}

type Stores = Awaited<ReturnType<typeof openStores>>
type Watch = Awaited<ReturnType<typeof openWatch>>
type People = Awaited<ReturnType<typeof openPeople>>

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
}

/** Every route of the service, by capability. */
function routers(parts: Parts): Router[] {
  const { config, log, readClient, isOptedOut, people, health, doctor } = parts
  const { lifeline, knex, models, redis, bus } = parts.stores
  const { blocklist, requestLog, places, detection } = parts.watch
  const { guard } = people
  const requireAdmin = inOrder(guard.requireAdmin, needDatabase(lifeline))
  const attribution = attributionOf(config)
  const seePlaces = inOrder(requireAdmin, creditPlaces(attribution))
  const limits = new LimiterStore(redis)
  const tiers = new Tiers(config.rateLimits, limits)
  const requireKey = (scope: Scope) => inOrder(guard.requireKey(scope), limitKey(tiers))
  const requireCheckKey = requireKey('check')
  const gate = new Gate({ blocklist, tiers })
  const { knex: jobs } = parts.stores.database
  const imports = { knex: jobs, models: bindModels(jobs), trustedProxies: config.trustedProxies }
  const reviews = new Reviews({ models, blocklist })
  const subjects = new Subjects({ knex, models, bus, held: requestLog })
  return [
    healthRoutes(health, doctor),
    authRoutes({ ...people, limitLogin: limitLogin(config, limits) }),
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
    ingestRoutes({ requestLog, requireIngestKey: requireKey('ingest') }),
    blocklistRoutes({ models, imports, blocklist, requireAdmin, requireCheckKey }),
    detectionRoutes({ models, job: detection, reviews, requireAdmin: seePlaces }),
    requestLogRoutes({ models, requireAdmin: seePlaces }),
    insightRoutes({ knex, models, places, requestLog, doctor, requireAdmin: seePlaces }),
    privacyRoutes({ config, subjects, requireAdmin }),
    optOutRoutes(isOptedOut),
  ]
}

/** What sends visitors to their version of a site, when there are several. */
function regionRedirect({ regionRedirects: regions }: Config, places: Places) {
  if (regions.length === 0) return undefined
  return inOrder(locateClient(places), redirectByRegion({ regions }))
}

/** What each part says of itself at /readyz. */
function probes(
  { lifeline, knex, redis }: Stores,
  { blocklist, requestLog }: Watch,
  { keys }: People,
  unreached: UnreachedCounts,
): Probes {
  return {
    database: async () => {
      if (!lifeline.up) return { ok: false, says: whatIsWrong(lifeline.failure) }
      await knex.raw('select 1')
      return { ok: true, says: 'reachable' }
    },
    redis: () => {
      if (!redis) return { ok: true, says: 'not configured; memory is used' }
      return redis.up ? { ok: true, says: 'reachable' } : { ok: false, says: 'unreachable' }
    },
    blocklist: () => describeBlocklist(blocklist),
    keys: () => {
      if (keys.size === undefined) return { ok: false, says: 'not known yet' }
      return { ok: true, says: `${keys.size} valid` }
    },
    'request log': () => {
      const { written, dropped, spoolBytes } = requestLog.counts
      const says = `${written} written, ${dropped} dropped, ${spoolBytes} bytes waiting`
      return { ok: dropped === 0, says }
    },
    'refused unread': () => {
      const says = Object.entries(unreached).map(([wrong, requests]) => `${requests} ${wrong}`)
      return { ok: true, says: says.join(', ') || 'none' }
    },
  }
}

/** Without the error's own words: anyone may ask, and they name hosts. */
function whatIsWrong(failure: unknown): string {
  if (failure === undefined || isAway(failure)) return 'does not answer'
  return isRefusedByServer(failure)
    ? 'does not let us in; the log says why'
    : 'cannot be used; the log says why'
}

function describeBlocklist({ size, state }: Blocklist): PartHealth {
  if (state.from === 'nowhere') return { ok: false, says: 'no list known yet: nobody is refused' }
  const age = state.asOf && Math.max(0, Math.round((Date.now() - state.asOf) / 1_000))
  return {
    ok: state.from === 'database',
    says: `${size} entries, from ${state.from}${age === undefined ? '' : `, ${age} s ago`}`,
  }
}
