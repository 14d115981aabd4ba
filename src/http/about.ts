import type { Middleware } from 'koa'
import type { z } from 'zod'

/** Who may ask for a route: anyone, people who have signed in, admins, or keys with a scope. */
export type Who = 'anyone' | 'people' | 'admin' | 'check' | 'ingest' | 'bouncer'

/** What a route says of itself, in the API's description (`openapi.ts`). */
export interface About {
  readonly who: Who
  /** One sentence, for people. */
  readonly summary: string
  /** What validates the query string, and the JSON body. */
  readonly query?: z.ZodType
  readonly body?: z.ZodType
  /** Content types of a body that is no JSON. */
  readonly takes?: readonly string[]
  /** Content types of the answer, when it is no JSON. */
  readonly gives?: readonly string[]
  /** The status of success, 200 unless said. */
  readonly status?: number
}

const KNOWN = new WeakMap<object, About>()

/**
 * Stands first among a route's steps and says what the route is for. It does nothing: `routeRequests`
 * takes it out before the first request.
 */
export function about(
  who: Who,
  summary: string,
  more: Omit<About, 'who' | 'summary'> = {},
): Middleware {
  const mark: Middleware = (_ctx, next) => next()
  KNOWN.set(mark, { who, summary, ...more })
  return mark
}

/** What a step says of its route; undefined for steps that do something. */
export function aboutOf(step: object): About | undefined {
  return KNOWN.get(step)
}
