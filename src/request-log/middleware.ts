import type { Middleware, ParameterizedContext } from 'koa'
import { statusOf } from '../http/errors'
import type { State } from '../http/state'
import { splitTarget } from '../net/request-path'
import type { RequestLog } from './request-log'

/**
 * Records every request behind it with the status it is answered with: refused ones and failed
 * ones too. The record is on file before the answer leaves.
 */
export function recordRequest(requestLog: Pick<RequestLog, 'record'>): Middleware<State> {
  return async function recordRequest(ctx, next) {
    const timestamp = Date.now()
    const startedAt = performance.now()
    const record = (status: number, bytes: number | null) => {
      requestLog.record({
        address: ctx.state.client.address,
        timestamp,
        method: ctx.method,
        ...splitTarget(ctx.originalUrl),
        status,
        durationMs: performance.now() - startedAt,
        bytes,
        userAgent: ctx.get('user-agent'),
        account: ctx.state.identity?.name ?? null,
        source: 'service',
      })
    }

    try {
      await next()
    } catch (error) {
      record(statusOf(error), null)
      throw error
    }
    record(ctx.status, knownLength(ctx))
  }
}

/** The announced length; Koa would serialise a JSON body to find out, and do it again to send it. */
function knownLength(ctx: ParameterizedContext<State>): number | null {
  const length = ctx.res.getHeader('content-length')
  return length === undefined ? null : Number(length)
}
