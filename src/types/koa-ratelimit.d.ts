/** The part that we use; the package ships no types. */
declare module 'koa-ratelimit' {
  import type { Middleware, ParameterizedContext } from 'koa'

  interface Options<State> {
    driver: 'redis'
    /** koa-ratelimit calls this, once per request, and nothing else of its store. */
    db: {
      ratelimiter(
        key: string,
        nowMs: number,
        windowMs: number,
        quota: number,
      ): Promise<[remaining: number, resetEpochSeconds: number, quota: number]>
    }
    /** In front of the id; two limiters on one store need different ones. */
    namespace: string
    /** Window in milliseconds. */
    duration: number
    max: number
    /** Whom to count the request for; false: not counted and not limited here. */
    id(ctx: ParameterizedContext<State>): string | false
    onLimited(ctx: ParameterizedContext<State>): void
  }

  export default function ratelimit<State>(options: Options<State>): Middleware<State>
}
