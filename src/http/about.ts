import type Router from '@koa/router'
import type { z } from 'zod'

/** Who may ask for a route: anyone, people who have signed in, admins, or keys with a scope. */
export type Who = 'anyone' | 'people' | 'admin' | 'check' | 'ingest' | 'bouncer'

/** What is to be said of a route in the API's description (`openapi.ts`). */
export interface About {
  readonly who: Who
  /** One sentence, for people. */
  readonly says: string
  /** What validates the query string, and the JSON body. */
  readonly query?: z.ZodType
  readonly body?: z.ZodType
  /** Content types of a body that is no JSON. */
  readonly takes?: readonly string[]
  /** What the JSON of the answer is; the test of answers asks every route whether it is so. */
  readonly answers?: z.ZodType
  /** Content types of the answer, when it is not only JSON. */
  readonly gives?: readonly string[]
  /** The status of success, 200 unless said. */
  readonly status?: number
}

/** By method and path as the router has them: `GET /admin/api/requests`. */
export type Abouts = Readonly<Record<string, About>>

const KNOWN = new WeakMap<object, Record<string, About>>()

/** Notes what is to be said of some routes of this router; returns the router. */
export function describe<Described extends Router>(router: Described, abouts: Abouts): Described {
  KNOWN.set(router, { ...KNOWN.get(router), ...abouts })
  return router
}

/** What is to be said of the routes of this router. */
export function aboutsOf(router: Router): Abouts {
  return KNOWN.get(router) ?? {}
}
