/** The part that we use; the package ships no types. */
declare module 'koa-ratelimit' {
  import type { Middleware, ParameterizedContext } from 'koa'

  interface Options<State> {
    driver: 'redis'
    /** koa-ratelimit calls this, once per request, and nothing else of its store. */
    db: {
      /** `remaining` counts this request; `reset` goes into the header as it is. */
      ratelimiter(
        key: string,
        nowMs: number,
        windowMs: number,
        quota: number,
      ): Promise<[remaining: number, reset: number, quota: number]>
    }
    /** In front of the id, with a colon. */
    namespace: string
    /** Window in milliseconds. */
    duration: number
    max: number
    /** Names of the headers that it tells its findings in. */
    headers: { total: string; remaining: string; reset: string }
    /** Whom to count the request for; false: not counted and not limited here. */
    id(ctx: ParameterizedContext<State>): string | false
    onLimited(ctx: ParameterizedContext<State>): void
  }

  export default function ratelimit<State>(options: Options<State>): Middleware<State>
}

/** Its driver in memory, which only the bench uses: what ours is compared with. */
declare module 'koa-ratelimit/limiter/memory' {
  interface Options {
    id: string
    db: Map<string, unknown>
    max: number
    duration: number
  }

  export default class Limiter {
    constructor(options: Options)
    get(): Promise<{ remaining: number }>
  }
}
