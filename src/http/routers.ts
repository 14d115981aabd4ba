import Router from '@koa/router'

/** One router out of several, so that a request is matched once. */
export function joinRouters(routers: readonly Router[]): Router {
  const joined = new Router()
  for (const router of routers) joined.use(router.routes())
  return joined
}
