import type { Middleware, ParameterizedContext } from 'koa'
import type { Config } from '../config'
import type { State } from '../http/state'
import { network64 } from '../net/address'
import { limit } from './limit'
import type { LimiterStore } from './store'

type Limits = Pick<Config, 'loginLimitAnonymous' | 'loginLimitAuthenticated'>

/**
 * Refuses login attempts past the quota of a minute, whether they would succeed or not. Who has a
 * valid session is counted by account, everybody else by IPv4 address or IPv6 /64: one or the
 * other, so `identify` has to run before.
 */
export function limitLogin(
  limits: Limits,
  store: Pick<LimiterStore, 'ratelimiter'>,
): Middleware<State> {
  const common = { name: 'login', windowSeconds: 60 }
  const anonymous = limit(
    {
      ...common,
      quota: limits.loginLimitAnonymous,
      namespace: 'login:client',
      who: (ctx) => (accountOf(ctx) ? false : network64(ctx.state.client.address)),
    },
    store,
  )
  const authenticated = limit(
    {
      ...common,
      quota: limits.loginLimitAuthenticated,
      namespace: 'login:account',
      who: (ctx) => accountOf(ctx) ?? false,
    },
    store,
  )
  return function limitLogin(ctx, next) {
    return anonymous(ctx, () => authenticated(ctx, next))
  }
}

function accountOf(ctx: ParameterizedContext<State>): string | undefined {
  const { identity } = ctx.state
  return identity?.kind === 'session' ? String(identity.accountId) : undefined
}
