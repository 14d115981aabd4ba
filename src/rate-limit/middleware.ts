import type { Middleware } from 'koa'
import type { State } from '../http/state'
import { announce, refuse } from './announce'
import type { Tiers } from './tiers'

/**
 * Limits requests by their key, as its tier says; 429 to those past the quota. Stands behind what
 * requires a key, so that only those who have one can use up its quota.
 */
export function limitKey(tiers: Pick<Tiers, 'hitKey'>): Middleware<State> {
  return async function limitKey(ctx, next) {
    const { identity } = ctx.state
    const standing = identity?.kind === 'key' ? await tiers.hitKey(identity) : undefined
    if (standing && !standing.allowed) refuse(ctx, standing)
    if (standing) announce(ctx, standing)
    await next()
  }
}
