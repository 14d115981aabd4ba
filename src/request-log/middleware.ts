import type { ServerResponse } from 'node:http'
import type { Middleware, ParameterizedContext } from 'koa'
import { statusOf } from '../http/errors'
import type { State, Visit } from '../http/state'
import { splitTarget } from '../net/request-path'
import { headerText } from '../net/visible'
import type { OptOutReader } from '../privacy/opt-out'
import { recordedTarget } from './own-target'
import type { LogEntry, RequestLog } from './request-log'

/** What nginx calls a request whose client went away before it was answered. */
const CLIENT_GONE = 499

/**
 * Records every request behind it with the status it is answered with: refused ones and failed
 * ones too, and as 499 those whose client did not wait. A question about a visit to another server
 * is recorded as that visit. The record is on file before the first byte of the answer leaves, so
 * that of an answer whose length is not known then, a stream, its bytes are not known either.
 */
export function recordRequest(
  requestLog: Pick<RequestLog, 'record'>,
  isOptedOut: OptOutReader,
): Middleware<State> {
  const entryOf = entryReader(isOptedOut)
  return async function recordRequest(ctx, next) {
    const timestamp = Date.now()
    const startedAt = performance.now()
    try {
      await next()
    } catch (error) {
      await requestLog.record(entryOf(ctx, timestamp, startedAt, statusOf(error)))
      throw error
    }
    await requestLog.record(entryOf(ctx, timestamp, startedAt))
  }
}

type Context = ParameterizedContext<State>

function entryReader(isOptedOut: OptOutReader) {
  /** `failure`: the status of an error that will be answered in place of what the context holds. */
  return (ctx: Context, timestamp: number, startedAt: number, failure?: number): LogEntry => {
    const { visit, refusal } = ctx.state
    const entry = visit
      ? entryOfVisit(visit, timestamp)
      : entryOfRequest(ctx, timestamp, performance.now() - startedAt, failure)
    entry.optedOut ??= isOptedOut(ctx.req.headers)
    if (refusal) entry.refusal = JSON.stringify(refusal)
    return entry
  }
}

function entryOfRequest(
  ctx: Context,
  timestamp: number,
  durationMs: number,
  failure: number | undefined,
): LogEntry {
  const { req, res } = ctx
  const { path, query } = recordedTarget(splitTarget(ctx.originalUrl))
  const isGone = req.socket.destroyed && !res.writableEnded
  return {
    address: ctx.state.client.address,
    timestamp,
    method: ctx.method,
    path,
    query,
    status: isGone ? CLIENT_GONE : (failure ?? res.statusCode),
    durationMs,
    bytes: isGone || failure ? null : knownLength(res),
    userAgent: headerText(req.headers['user-agent'] ?? ''),
    account: ctx.state.identity?.name ?? null,
    source: 'service',
    hasReferer: Boolean(req.headers.referer),
  }
}

function entryOfVisit({ target, ...visit }: Visit, timestamp: number): LogEntry {
  return { ...visit, ...splitTarget(target), timestamp, durationMs: null, bytes: null }
}

/** The announced length; Koa would serialise a JSON body to find out, and do it again to send it. */
function knownLength(res: ServerResponse): number | null {
  const length = res.getHeader('content-length')
  return length === undefined ? null : Number(length)
}
