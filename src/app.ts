import type Router from '@koa/router'
import Koa from 'koa'
import type { Blocklist } from './blocklist/blocklist'
import { enforceBlocklist } from './blocklist/middleware'
import { isForwardAuth } from './gate/forward-auth'
import { type ClientReader, identifyClient } from './http/client'
import type { Door } from './http/doors'
import { answerErrors } from './http/errors'
import { requireHost } from './http/host'
import { routeRequests } from './http/routers'
import type { State } from './http/state'
import type { Logger } from './platform/logger'
import type { OptOutReader } from './privacy/opt-out'
import { recordRequest } from './request-log/middleware'
import type { RequestLog } from './request-log/request-log'

interface Parts {
  readClient: ClientReader
  log: Logger
  requestLog: Pick<RequestLog, 'record'>
  isOptedOut: OptOutReader
  blocklist: Pick<Blocklist, 'find' | 'noteHit'>
  /** Which paths are served here. */
  door: Door
  /** Each capability's routes; limits and guards stand on the routes that ask for them. */
  routers: Router[]
}

/** The Koa app: one line per step, in the order a request meets them. */
export function createApp(parts: Parts): Koa<State> {
  const { readClient, log, requestLog, isOptedOut, blocklist, door, routers } = parts
  const app = new Koa<State>()
  app.use(answerErrors(log))
  app.use(identifyClient(readClient))
  app.use(recordRequest(requestLog, isOptedOut))
  app.use(requireHost())
  app.use(enforceBlocklist(blocklist, log, isForwardAuth(readClient)))
  app.use(routeRequests(routers, door))

  // What Koa tells here happened after the answer began: a client that went away, mostly.
  app.on('error', (error) => log.debug({ error }, 'answer not finished'))
  return app
}
