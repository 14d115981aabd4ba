import type { Middleware, ParameterizedContext } from 'koa'
import type { Config } from '../config'
import type { State } from '../http/state'
import type { Address } from '../net/address'
import { limit } from './limit'
import { networkCounters } from './networks'
import type { LimiterStore } from './store'

const countersOf = networkCounters('login')

type Limits = Pick<Config, 'loginLimitAnonymous' | 'loginLimitAuthenticated'>

/**
 * Refuses login attempts past the quota of a minute, whether they would succeed or not. Who has a
 * valid session is counted by account, everybody else by address (`networkCounters`): one or the
 * other, so `identify` has to run before. Allowed networks are limited as well: guessing passwords
 * is no better from there.
 */
export function limitLogin(limits: Limits, store: Pick<LimiterStore, 'hit'>): Middleware<State> {
  const common = { name: 'login', windowSeconds: 60 }
  const { loginLimitAnonymous, loginLimitAuthenticated } = limits
  const anonymous = limit(
    {
      ...common,
      quota: loginLimitAnonymous,
      who: (ctx) => (accountOf(ctx) ? false : ctx.state.client.address),
      counters: (address) => countersOf(address as Address, loginLimitAnonymous),
    },
    store,
  )
  const authenticated = limit(
    {
      ...common,
      quota: loginLimitAuthenticated,
      who: (ctx) => accountOf(ctx) ?? false,
      counters: (id) => [{ table: 'login/account', id, quota: loginLimitAuthenticated }],
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
