import Router from '@koa/router'
import type { Middleware } from 'koa'
import { type Door, everyDoor } from './doors'
import { inOrder } from './in-order'

/** Paths that only match themselves. */
const PLAIN = /^[\w/.-]+$/

/**
 * All routes of the routers that `door` lets through, and answers to wrong methods (405 with `Allow`).
 *
 * A route without parameters is found by its text: the router itself tries some forty regular
 * expressions and composes a chain anew for each request, which costs more than recording it
 * (`bench/requests.ts`).
 */
export function routeRequests(routers: readonly Router[], door: Door = everyDoor): Middleware {
  const router = new Router()
  for (const one of routers) router.use(one.routes())
  const plain = plainRoutes(router)
  const others = inOrder(router.routes() as Middleware, router.allowedMethods() as Middleware)

  return function routeRequests(ctx, next) {
    if (!door(ctx.path)) return next()
    const route = plain.get(ctx.path)?.get(ctx.method) ?? others
    return route(ctx, next)
  }
}

/** By path and method: exactly what the router would do for routes without parameters. */
function plainRoutes(router: Router): Map<string, Map<string, Middleware>> {
  const routes = new Map<string, Map<string, Middleware>>()
  for (const { path, methods } of router.stack) {
    if (typeof path !== 'string' || !PLAIN.test(path)) continue
    const byMethod = new Map<string, Middleware>()
    for (const method of methods) {
      const layers = router.match(path, method).pathAndMethod
      if (layers.some(({ paramNames }) => paramNames.length > 0)) continue
      byMethod.set(method, inOrder(...layers.flatMap(({ stack }) => stack as Middleware[])))
    }
    routes.set(path, new Map([...(routes.get(path) ?? []), ...byMethod]))
  }
  return routes
}
