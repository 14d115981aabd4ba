import type { Middleware, ParameterizedContext } from 'koa'
import { statusOf } from '../http/errors'
import type { State, Visit } from '../http/state'
import { splitTarget } from '../net/request-path'
import type { LogEntry, RequestLog } from './request-log'

/** What nginx calls a request whose client went away before it was answered. */
const CLIENT_GONE = 499

/**
 * Records every request behind it with the status it is answered with: refused ones and failed
 * ones too, and as 499 those whose client did not wait. A question about a visit to another server
 * is recorded as that visit. The record is on file before the first byte of the answer leaves, so
 * that of an answer whose length is not known then, a stream, its bytes are not known either.
 */
export function recordRequest(requestLog: Pick<RequestLog, 'record'>): Middleware<State> {
  return async function recordRequest(ctx, next) {
    const timestamp = Date.now()
    const startedAt = performance.now()
    const record = (status: number, bytes: number | null): Promise<boolean> => {
      const { visit } = ctx.state
      const entry = visit
        ? entryOfVisit(visit, timestamp)
        : entryOfRequest(ctx, timestamp, performance.now() - startedAt, status, bytes)
      if (ctx.state.refusal) entry.refusal = JSON.stringify(ctx.state.refusal)
      return requestLog.record(entry)
    }

    try {
      await next()
    } catch (error) {
      await record(statusOf(error), null)
      throw error
    }
    await record(ctx.res.statusCode, knownLength(ctx))
  }
}

type Context = ParameterizedContext<State>

function entryOfRequest(
  ctx: Context,
  timestamp: number,
  durationMs: number,
  status: number,
  bytes: number | null,
): LogEntry {
  const { path, query } = splitTarget(ctx.originalUrl)
  const { headers, method = '', socket } = ctx.req
  const isGone = socket.destroyed && !ctx.res.writableEnded
  return {
    address: ctx.state.client.address,
    timestamp,
    method,
    path,
    query,
    status: isGone ? CLIENT_GONE : status,
    durationMs,
    bytes: isGone ? 0 : bytes,
    userAgent: headers['user-agent'] ?? '',
    account: ctx.state.identity?.name ?? null,
    source: 'service',
  }
}

function entryOfVisit({ target, ...visit }: Visit, timestamp: number): LogEntry {
  return { ...visit, ...splitTarget(target), timestamp, durationMs: null, bytes: null }
}

/** The announced length; Koa would serialise a JSON body to find out, and do it again to send it. */
function knownLength(ctx: Context): number | null {
  const length = ctx.res.getHeader('content-length')
  return length === undefined ? null : Number(length)
}
