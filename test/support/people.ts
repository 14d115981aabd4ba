import Router from '@koa/router'
import { bindModels } from '../../models'
import { createApp } from '../../src/app'
import { Accounts } from '../../src/auth/accounts'
import { SessionCookie } from '../../src/auth/cookie'
import { FamiliarNetworks } from '../../src/auth/familiar-networks'
import { FirstAdmin } from '../../src/auth/first-admin'
import { Guard } from '../../src/auth/guard'
import { Keys } from '../../src/auth/keys'
import { Passwords } from '../../src/auth/passwords'
import { authRoutes } from '../../src/auth/routes'
import { Sessions } from '../../src/auth/sessions'
import { SignIn } from '../../src/auth/sign-in'
import { transportReader } from '../../src/auth/transport'
import { clientReader } from '../../src/http/client'
import { everyDoor } from '../../src/http/doors'
import { closeServer, listen, urlOf } from '../../src/http/server'
import { requireNetwork } from '../../src/net/network'
import { PostgresBus } from '../../src/platform/bus'
import { createLogger } from '../../src/platform/logger'
import { openRedis } from '../../src/platform/redis'
import { Delays, type Schedule } from '../../src/rate-limit/delays'
import { limitLogin } from '../../src/rate-limit/login'
import { LimiterStore } from '../../src/rate-limit/store'
import type { TestDatabase } from './database'
import { eventually } from './eventually'

export const PASSWORD = 'correct horse battery staple'

export type People = Awaited<ReturnType<typeof startPeople>>

/**
 * The part of the service that people and applications sign in to, on real HTTP, behind a trusted
 * proxy on this machine: `x-forwarded-for` and `x-forwarded-proto` are believed.
 */
export async function startPeople(
  database: TestDatabase,
  redisUrl?: string,
  schedules?: { strangers: Schedule; familiar: Schedule },
) {
  const log = createLogger('silent')
  const config = {
    trustedProxies: [requireNetwork('127.0.0.1')],
    clientIpHeader: 'x-forwarded-for',
    loginLimitAnonymous: 5,
    loginLimitAuthenticated: 10,
  }
  const models = bindModels(database.knex)
  const bus = new PostgresBus(database.knex, database.connection, log)
  await bus.start()
  const redis = redisUrl ? openRedis(redisUrl, log) : undefined
  if (redis) await eventually('redis is up', () => redis.up)

  const keys = new Keys({ models, bus, log })
  await keys.start()
  const accounts = new Accounts(models, new Passwords())
  const firstAdmin = new FirstAdmin(accounts)
  const familiar = new FamiliarNetworks(database.knex)
  const delays = new Delays(redis)
  const signIn = new SignIn({ accounts, familiar, delays, log, ...(schedules && { schedules }) })
  const sessions = new Sessions(models.Session, log)
  const cookie = new SessionCookie(transportReader(config.trustedProxies))
  const guard = new Guard({ sessions, keys, cookie })
  const limit = limitLogin(config, new LimiterStore(redis))

  const guarded = new Router()
  guarded.all('/key', guard.requireKey('check'), (ctx) => (ctx.body = ctx.state.identity))
  guarded.all('/admin', guard.requireAdmin, (ctx) => (ctx.body = ctx.state.identity))

  const app = createApp({
    readClient: clientReader(config),
    log,
    requestLog: { record: async () => true },
    isOptedOut: () => false,
    blocklist: { find: () => undefined, noteHit: () => {} },
    door: everyDoor,
    routers: [
      authRoutes({ signIn, sessions, cookie, guard, limitLogin: limit, firstAdmin }),
      guarded,
    ],
  })
  const server = await listen(app.callback(), { port: 0, host: '127.0.0.1' })
  const url = urlOf(server)

  return {
    url,
    models,
    accounts,
    sessions,
    keys,
    /** Signs in as a client of that address; answers the response as it is. */
    logIn(email: string, password = PASSWORD, headers: Record<string, string> = {}) {
      return fetch(`${url}/login`, {
        method: 'POST',
        headers: { 'content-type': 'application/json', ...headers },
        body: JSON.stringify({ email, password }),
      })
    },
    async stop() {
      await closeServer(server)
      await keys.stop()
      await bus.stop()
      redis?.close()
    },
  }
}

/** The cookie that a response sets, as a request sends it back. */
export function cookieOf(response: Response): string {
  return response.headers
    .getSetCookie()
    .map((line) => line.split(';')[0])
    .join('; ')
}
