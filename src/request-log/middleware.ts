import type { Middleware, ParameterizedContext } from 'koa'
import { statusOf } from '../http/errors'
import type { State, Visit } from '../http/state'
import { splitTarget } from '../net/request-path'
import type { LogEntry, RequestLog } from './request-log'

/**
 * Records every request behind it with the status it is answered with: refused ones and failed
 * ones too. A question about a visit to another server is recorded as that visit. The record is on
 * file before the answer leaves.
 */
export function recordRequest(requestLog: Pick<RequestLog, 'record'>): Middleware<State> {
  return async function recordRequest(ctx, next) {
    const timestamp = Date.now()
    const startedAt = performance.now()
    const record = (status: number, bytes: number | null) => {
      const { visit } = ctx.state
      const entry = visit ? entryOfVisit(visit) : entryOfRequest(ctx, status, bytes)
      const durationMs = visit ? null : performance.now() - startedAt
      const refusal = ctx.state.refusal && JSON.stringify(ctx.state.refusal)
      requestLog.record({ ...entry, timestamp, durationMs, refusal })
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

type Context = ParameterizedContext<State>
type Entry = Omit<LogEntry, 'timestamp' | 'durationMs'>

function entryOfRequest(ctx: Context, status: number, bytes: number | null): Entry {
  return {
    address: ctx.state.client.address,
    method: ctx.method,
    ...splitTarget(ctx.originalUrl),
    status,
    bytes,
    userAgent: ctx.get('user-agent'),
    account: ctx.state.identity?.name ?? null,
    source: 'service',
  }
}

function entryOfVisit({ target, ...visit }: Visit): Entry {
  return { ...visit, ...splitTarget(target), bytes: null }
}

/** The announced length; Koa would serialise a JSON body to find out, and do it again to send it. */
function knownLength(ctx: Context): number | null {
  const length = ctx.res.getHeader('content-length')
  return length === undefined ? null : Number(length)
}
