import { STATUS_CODES } from 'node:http'
import type { Context, Middleware } from 'koa'
import { quote } from '../net/refusal'
import { visible } from '../net/visible'
import type { Logger } from '../platform/logger'

/** An error that says how it wants to be answered, as `ctx.throw` and http-errors make them. */
interface Expected extends Error {
  status: number
  expose: boolean
  headers?: Record<string, string>
  /** Machine-readable name of the problem, `rate_limited`. */
  code?: string
  /** Further members of the problem document. */
  problem?: Record<string, unknown>
}

/**
 * Turns every failure into one problem document (RFC 9457).
 *
 * What was thrown on purpose (`ctx.throw(status, message, { code, problem })`) is told to the
 * client; anything else is logged and answered with 500 and no details. An answer without a body
 * and with an error status, such as Koa's own 404, becomes a problem document as well.
 */
export function answerErrors(log: Pick<Logger, 'error'>): Middleware {
  return async function answerErrors(ctx, next) {
    try {
      await next()
      if (ctx.status >= 400 && ctx.body === undefined) answerStatus(ctx)
    } catch (error) {
      if (!isExpected(error)) log.error({ error }, 'request failed')
      answerProblem(ctx, error)
    }
  }
}

/** The status that `answerErrors` will answer a thrown `error` with. */
export function statusOf(error: unknown): number {
  return isExpected(error) ? error.status : 500
}

function answerProblem(ctx: Context, error: unknown): void {
  if (isExpected(error)) {
    ctx.set(error.headers ?? {})
    const members = { code: error.code, detail: error.message, ...error.problem }
    writeProblem(ctx, error.status, members)
  } else {
    writeProblem(ctx, 500, { detail: 'Something went wrong here; it has been logged.' })
  }
}

function answerStatus(ctx: Context): void {
  writeProblem(ctx, ctx.status, { detail: detailOf(ctx) })
}

/** What to tell of an answer that no route has given. */
function detailOf({ status, method, path, response }: Context): string | undefined {
  if (status === 404) return `There is nothing at ${method} ${quote(path)}.`
  if (status === 501) return `No route here knows the method ${method}.`
  const allowed = response.get('allow')
  return allowed && `${method} is not possible at ${quote(path)}; ${allowed} is.`
}

function writeProblem(ctx: Context, status: number, members: Record<string, unknown>): void {
  ctx.status = status
  // A 404, 405 or 410 may otherwise be kept (RFC 9111, section 4.2.2).
  if (!ctx.response.get('cache-control')) ctx.set('Cache-Control', 'no-store')
  ctx.body = problemDocument(status, members)
  ctx.type = PROBLEM_TYPE
}

/** Content type of a problem document. */
export const PROBLEM_TYPE = 'application/problem+json'

/**
 * A problem document of RFC 9457; `code` is the status in words unless `members` have a better one.
 * It repeats what a client has sent, in texts that are safe to show (`visible`).
 */
export function problemDocument(status: number, members: Record<string, unknown>): string {
  const title = STATUS_CODES[status] ?? 'Error'
  const code = members.code ?? title.toLowerCase().replace(/\W+/g, '_')
  const problem = { type: 'about:blank', title, status, ...members, code }
  return JSON.stringify(problem, (_name, value) => {
    return typeof value === 'string' ? visible(value) : value
  })
}

/** `ctx.throw` hides the message of a 5xx, unless the thrower named the problem with a `code`. */
function isExpected(error: unknown): error is Expected {
  if (!(error instanceof Error)) return false
  const { status, expose, code } = error as Partial<Expected>
  return status !== undefined && (expose === true || code !== undefined)
}
