import type { Middleware, ParameterizedContext } from 'koa'
import ratelimit from 'koa-ratelimit'
import type { State } from '../http/state'
import type { LimiterStore } from './store'

/** At most `quota` requests of one kind in any `windowSeconds`, for each of whom `who` names. */
export interface Tier {
  /** What clients are told is limited, `login`. */
  name: string
  quota: number
  windowSeconds: number
  /** In front of what `who` answers, so that tiers do not share counts. */
  namespace: string
  /** Whom to count a request for; false when this tier has no say in it. */
  who(ctx: ParameterizedContext<State>): string | false
}

/**
 * Counts requests with koa-ratelimit and answers 429 to those past the quota, which are not
 * counted. Clients are told where they stand: in koa-ratelimit's X-RateLimit headers, in `RateLimit`
 * and `RateLimit-Policy` (draft-ietf-httpapi-ratelimit-headers-10), and when refused in Retry-After.
 */
export function limit(tier: Tier, store: Pick<LimiterStore, 'ratelimiter'>): Middleware<State> {
  const counted = ratelimit<State>({
    driver: 'redis',
    db: store,
    namespace: `limit:${tier.namespace}`,
    duration: tier.windowSeconds * 1_000,
    max: tier.quota,
    id: tier.who,
    onLimited: (ctx) => refuse(ctx, announce(ctx, tier)),
  })
  return function limit(ctx, next) {
    if (tier.who(ctx) === false) return next()
    return counted(ctx, () => {
      announce(ctx, tier)
      return next()
    })
  }
}

function announce(ctx: ParameterizedContext<State>, tier: Tier): number {
  const { name, quota, windowSeconds } = tier
  const remaining = ctx.response.get('X-RateLimit-Remaining')
  const resetEpochSeconds = Number(ctx.response.get('X-RateLimit-Reset'))
  // Up to whole seconds, because a client that came back earlier would be refused again; both ends
  // are kept, because the reset is a whole second already and rounding twice can pass the window.
  const left = Math.ceil(resetEpochSeconds - Date.now() / 1_000)
  const seconds = Math.min(Math.max(left, 1), windowSeconds)
  ctx.set('RateLimit-Policy', `"${name}";q=${quota};w=${windowSeconds}`)
  ctx.set('RateLimit', `"${name}";r=${remaining};t=${seconds}`)
  return seconds
}

function refuse(ctx: ParameterizedContext<State>, seconds: number): never {
  const unit = seconds === 1 ? 'second' : 'seconds'
  return ctx.throw(429, `Too many attempts. Try again in ${seconds} ${unit}.`, {
    code: 'rate_limited',
    headers: { 'Retry-After': String(seconds) },
  })
}
