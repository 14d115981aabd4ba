import type { ParameterizedContext } from 'koa'
import type { Standing } from './tier'

/** Problem types of draft-ietf-httpapi-ratelimit-headers-11, section 5. */
export const QUOTA_EXCEEDED = 'https://iana.org/assignments/http-problem-types#quota-exceeded'

/**
 * Tells a client where it stands, in `RateLimit-Policy` and `RateLimit` of
 * draft-ietf-httpapi-ratelimit-headers-11 (23 May 2026, the newest): structured fields (RFC 9651).
 */
export function announce(ctx: ParameterizedContext, standing: Standing): void {
  const { name, quota, windowSeconds, remaining, resetSeconds } = standing
  ctx.set('RateLimit-Policy', `"${name}";q=${quota};w=${windowSeconds}`)
  ctx.set('RateLimit', `"${name}";r=${remaining};t=${resetSeconds}`)
}

/** Answers 429 with what `announce` tells, and when to come back. */
export function refuse(ctx: ParameterizedContext, standing: Standing): never {
  announce(ctx, standing)
  const { name, quota, windowSeconds, resetSeconds } = standing
  const detail = `${quota} requests in ${seconds(windowSeconds)} are allowed here. Try again in ${seconds(resetSeconds)}.`
  return ctx.throw(429, detail, {
    code: 'rate_limited',
    problem: { type: QUOTA_EXCEEDED, title: 'Quota Exceeded', 'violated-policies': [name] },
    headers: { 'Retry-After': String(resetSeconds), 'Cache-Control': 'no-store' },
  })
}

export function seconds(count: number): string {
  return count === 1 ? '1 second' : `${count} seconds`
}
