import { bindModels } from '../models'
import { createApp } from './app'
import { Accounts } from './auth/accounts'
import { SessionCookie } from './auth/cookie'
import { FamiliarNetworks } from './auth/familiar-networks'
import { FirstAdmin } from './auth/first-admin'
import { Guard } from './auth/guard'
import { Keys } from './auth/keys'
import { Passwords } from './auth/passwords'
import { Sessions } from './auth/sessions'
import { SignIn } from './auth/sign-in'
import { transportReader } from './auth/transport'
import { Blocklist } from './blocklist/blocklist'
import { settleEnded } from './blocklist/ended'
import type { Config } from './config'
import { Autoblock } from './detection/autoblock'
import { Backtests } from './detection/backtest/backtests'
import { BetweenHours } from './detection/between-hours'
import { Crawlers } from './detection/crawlers/crawlers'
import { DetectionJob } from './detection/job'
import { Places } from './geo/places'
import { Doctor } from './health/doctor'
import { Health } from './health/health'
import { clientReader } from './http/client'
import { adminDoor, type Door, everyDoor, publicDoor } from './http/doors'
import { closeServer, listen, urlOf } from './http/server'
import { answerUnreached } from './http/unreached'
import { Live } from './insights/live'
import { Opened } from './platform/lifecycle'
import type { Logger } from './platform/logger'
import { schedule } from './platform/scheduler'
import { isAway } from './platform/unavailable'
import { optOutReader } from './privacy/opt-out'
import { Retention } from './privacy/retention'
import { ERASURE_TOPIC } from './privacy/subject'
import { probes } from './probes'
import { Delays } from './rate-limit/delays'
import { RequestLog } from './request-log/request-log'
import { unreachedRecorder } from './request-log/unreached'
import { routers } from './routes'
import { openStores, refuseMistakes, type Stores } from './stores'

/** The retention is due every hour, away from the full hour, when the detection runs. */
const RETENTION_SCHEDULE = '17 * * * *'

/** Blocks that are over become history; half a minute away from what happens at full ones. */
const SETTLE_SCHEDULE = '30 * * * * *'

/** A running service. */
export interface Service {
  /** Where it listens. */
  readonly url: string
  /** Where /admin is: the same, unless ADMIN_PORT is set. */
  readonly adminUrl: string
  /** Whether anybody can sign in yet; undefined when the database has not answered. */
  readonly hasAdmin: boolean | undefined
  /** By which the first admin can be made, once, while there is none. */
  readonly setupToken: string
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
  const live = new Live({ written: () => watch.requestLog.counts.written })
  stores.bus.subscribe('blocklist', () => live.note('blocks'))
  stores.bus.subscribe('findings', () => live.note('findings'))
  const readClient = clientReader(config, doctor)
  const isOptedOut = optOutReader(config)
  const unreached = unreachedRecorder(watch.requestLog, readClient.isTrusted)
  const health = new Health(probes(stores, watch, people, unreached.counts), () => {
    return watch.blocklist.state.from === 'database' && people.keys.size !== undefined
  })
  const appRouters = routers({
    config,
    log,
    readClient,
    isOptedOut,
    stores,
    watch,
    people,
    health,
    doctor,
    live,
  })
  const { requestLog, blocklist } = watch
  const open = async (door: Door, place: { port: number; host: string }) => {
    const app = createApp({
      readClient,
      log,
      requestLog,
      isOptedOut,
      blocklist,
      door,
      routers: appRouters,
    })
    const handler = app.callback()
    const server = opened.add(await listen(handler, place), closeServer)
    answerUnreached(server, handler, unreached.record)
    return urlOf(server)
  }
  const { adminPort, adminHost } = config
  const isApart = adminPort !== undefined
  const url = await open(isApart ? publicDoor : everyDoor, config)
  const adminUrl = isApart ? await open(adminDoor, { port: adminPort, host: adminHost }) : url
  log.info({ url, adminUrl, dataDir: config.dataDir }, 'listening')
  return {
    url,
    adminUrl,
    hasAdmin: await hasAdmin(stores),
    setupToken: people.firstAdmin.token,
    stop() {
      health.beginStop()
      live.stop()
      return opened.close()
    },
  }
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
  const crawlers = new Crawlers(config, log)
  const autoblock = new Autoblock({ knex: jobs, blocklist, settings: config, log })
  const detection = opened.add(
    new DetectionJob({
      knex: jobs,
      thread: { connection },
      blocklist,
      drain: () => requestLog.drain(),
      autoblock,
      bus,
      crawlers,
      settings: config,
      log,
    }),
    (detection) => detection.stop(),
  )
  detection.start()
  const between = opened.add(
    new BetweenHours({
      knex: jobs,
      blocklist,
      autoblock,
      bus,
      crawlers,
      settings: config,
      isUp: () => lifeline.up,
      log,
    }),
    (between) => between.stop(),
  )
  between.start()
  const backtests = opened.add(new Backtests(connection, config), (backtests) => backtests.stop())

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
  return { blocklist, requestLog, places, crawlers, detection, backtests }
}

/** Who may ask for what. */
async function openPeople(config: Config, log: Logger, stores: Stores, opened: Opened) {
  const { knex, models, bus, redis } = stores
  const keys = opened.add(new Keys({ models, bus, log }), (keys) => keys.stop())
  await keys.start()
  const sessions = new Sessions(models.Session, log)
  const cookie = new SessionCookie(transportReader(config.trustedProxies))
  const accounts = new Accounts(models, new Passwords())
  const familiar = new FamiliarNetworks(knex)
  const signIn = new SignIn({ accounts, familiar, delays: new Delays(redis), log })
  const firstAdmin = new FirstAdmin(accounts)
  return {
    accounts,
    firstAdmin,
    signIn,
    sessions,
    cookie,
    keys,
    guard: new Guard({ sessions, keys, cookie }),
  }
}

async function hasAdmin({ models }: Stores): Promise<boolean | undefined> {
  try {
    return (await models.Account.query().limit(1).first()) !== undefined
  } catch (error) {
    if (isAway(error)) return undefined
    throw error
  }
}

export type Watch = Awaited<ReturnType<typeof openWatch>>
export type People = Awaited<ReturnType<typeof openPeople>>
