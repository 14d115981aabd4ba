import type { Middleware, ParameterizedContext } from 'koa'
import ratelimit from 'koa-ratelimit'
import type { State } from '../http/state'
import { announce, refuse } from './announce'
import type { Counter } from './hits'
import type { LimiterStore } from './store'
import { type Limit, type Standing, standing } from './tier'

type Context = ParameterizedContext<State>

/** A limit, and whom it counts. */
export interface CountedLimit extends Limit {
  /** Whom to count a request for; false when this limit has no say in it. */
  who(ctx: Context): string | false
  /** Where the requests of somebody that `who` has named are counted. */
  counters(who: string): Counter[]
}

/** koa-ratelimit tells what it found in headers alone; they are read, and taken off again. */
const FOUND = {
  total: 'X-RateLimit-Limit',
  remaining: 'X-RateLimit-Remaining',
  reset: 'X-RateLimit-Reset',
}

/** koa-ratelimit puts this and a colon in front of what `who` answers. */
const NAMESPACE = 'limit'

/**
 * Counts requests with koa-ratelimit and answers 429 to those past the quota, which are not
 * counted. Every answer says where the client stands.
 */
export function limit(limit: CountedLimit, store: Pick<LimiterStore, 'hit'>): Middleware<State> {
  const count = ratelimit<State>({
    driver: 'redis',
    db: asRedis(limit, store),
    namespace: NAMESPACE,
    duration: limit.windowSeconds * 1_000,
    max: limit.quota,
    headers: FOUND,
    id: limit.who,
    onLimited: (ctx) => refuse(ctx, takeStanding(ctx, limit, false)),
  })
  return function enforceLimit(ctx, next) {
    if (limit.who(ctx) === false) return next()
    return count(ctx, () => {
      announce(ctx, takeStanding(ctx, limit, true))
      return next()
    })
  }
}

/** Our store as the Redis client that koa-ratelimit takes it for. */
function asRedis(
  { counters, windowSeconds, quota }: CountedLimit,
  store: Pick<LimiterStore, 'hit'>,
) {
  return {
    async ratelimiter(key: string): Promise<[number, number, number]> {
      const who = key.slice(NAMESPACE.length + 1)
      const { remaining, resetMs } = await store.hit(counters(who), windowSeconds * 1_000)
      // Handed on to the headers as it is: the time left, not the time of day that it stands for
      // there, so that nothing is rounded twice.
      return [remaining, Math.ceil(resetMs), quota]
    },
  }
}

function takeStanding(ctx: Context, limit: Limit, allowed: boolean): Standing {
  const left = Number(ctx.response.get(FOUND.remaining))
  const resetMs = Number(ctx.response.get(FOUND.reset))
  for (const name of Object.values(FOUND)) ctx.remove(name)
  return standing(limit, { remaining: allowed ? left + 1 : 0, resetMs })
}
