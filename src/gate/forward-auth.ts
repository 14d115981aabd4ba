import Router from '@koa/router'
import type { Context, Middleware, ParameterizedContext } from 'koa'
import { type Abouts, describe } from '../http/about'
import type { ClientReader } from '../http/client'
import type { State } from '../http/state'
import { headerText } from '../net/visible'
import type { OptOutReader } from '../privacy/opt-out'
import { announce, refuse } from '../rate-limit/announce'
import type { Gate } from './gate'

/** Proxies that pass any answer but 2xx on to the client, a redirect too. */
const PASSES_ON = ['traefik', 'caddy', 'envoy']

/** Proxies that ask with all headers of the client's request. */
const PASSES_HEADERS = ['nginx', 'traefik', 'caddy']

/** Reads method and target of the client's own request out of what a proxy sends. */
type Convention = (ctx: Context) => { method: string; target: string }

const PREFIX = '/v1/forward-auth'
const OWN_PATH = /^\/v1\/forward-auth(?:\/|$)/

/**
 * How each proxy tells the original request. Named in the path, so that a header which this proxy
 * passes on from the client is not taken for the proxy's own.
 */
const CONVENTIONS: Record<string, Convention> = {
  nginx: fromHeaders('x-original-method', 'x-original-uri'),
  haproxy: fromHeaders('x-original-method', 'x-original-uri'),
  traefik: fromHeaders('x-forwarded-method', 'x-forwarded-uri'),
  caddy: fromHeaders('x-forwarded-method', 'x-forwarded-uri'),
  // ext_authz keeps the method and writes the path behind its `path_prefix`.
  envoy: (ctx) => ({
    method: ctx.method,
    target: ctx.url.slice(`${PREFIX}/envoy`.length) || '/',
  }),
}

const ABOUT: Abouts = {
  [`ANY ${PREFIX}{/*original}`]: {
    who: 'check',
    says: 'May the request that a proxy holds pass? Trusted proxies need no key.',
    gives: ['text/plain', 'text/html', 'application/problem+json'],
  },
}

interface Parts {
  gate: Gate
  /** Finds the client as a trusted proxy tells it. */
  readClient: ClientReader
  /** Reads the client's own headers, which the proxy passes on. */
  isOptedOut: OptOutReader
  requireCheckKey: Middleware<State>
  enforceBlocklist: Middleware<State>
  /** Sends visits that may pass to another page. */
  redirect?: Middleware<State> | undefined
}

/**
 * Whether a request is a question that a trusted proxy asks here. Its client is refused by the route,
 * which knows what was asked for and records that.
 */
export function isForwardAuth({ isTrusted }: Pick<ClientReader, 'isTrusted'>) {
  return (ctx: ParameterizedContext<State>): boolean =>
    OWN_PATH.test(ctx.path) && isTrusted(ctx.state.client.peer)
}

/**
 * `ANY /v1/forward-auth[/:proxy]`: a proxy asks before it passes a request on. 200: pass; 403:
 * refuse, with the answer's own page; 429: refuse, one too many; 302: to a localised version.
 * Without a proxy's name, traefik's headers are read.
 *
 * The one who asks is a trusted proxy, or shows a key with the scope `check`; its client-address
 * header is believed then, and nobody else's.
 */
export function forwardAuthRoutes(parts: Parts): Router {
  const { gate, readClient, isOptedOut, requireCheckKey, enforceBlocklist, redirect } = parts
  const router = describe(new Router<State>(), ABOUT)

  const authorize: Middleware<State> = async (ctx, next) => {
    if (readClient.isTrusted(ctx.state.client.peer)) return next()
    return requireCheckKey(ctx, async () => {
      ctx.state.client = readClient(ctx.req, { trustPeer: true })
      await next()
    })
  }

  const judgeVisit: Middleware<State> = async (ctx, next) => {
    const name = proxyOf(ctx.path)
    const convention = Object.hasOwn(CONVENTIONS, name) ? CONVENTIONS[name] : undefined
    if (!convention) {
      const known = Object.keys(CONVENTIONS).join(', ')
      return ctx.throw(404, `There is no proxy "${name}" here; there are ${known}.`, {
        code: 'unknown_proxy',
      })
    }
    const { client, identity } = ctx.state
    const asked = {
      ...convention(ctx as Context),
      address: client.address,
      userAgent: headerText(ctx.get('user-agent')),
      account: null,
      source: 'forward-auth' as const,
      optedOut: isOptedOut(ctx.headers),
      hasReferer: hasReferer(ctx as Context),
    }
    const asker = identity?.keyId === undefined ? 'proxy' : String(identity.keyId)
    const { visit, standing } = await gate.judge(asked, { asker })
    ctx.state.visit = visit
    if (standing && !standing.allowed) refuse(ctx, standing)
    if (standing) announce(ctx, standing)
    await next()
  }

  const redirectVisit: Middleware<State> = async (ctx, next) => {
    if (!redirect || !PASSES_ON.includes(proxyOf(ctx.path))) return next()
    await redirect(ctx, next)
    if (ctx.status === 302 && ctx.state.visit) ctx.state.visit = { ...ctx.state.visit, status: 302 }
  }

  const steps = [authorize, judgeVisit, enforceBlocklist, redirectVisit] as const
  router.all(`${PREFIX}{/*original}`, ...steps, (ctx) => {
    ctx.status = 200
    ctx.body = ''
  })

  return router
}

/** Some proxies pass on all headers; of the others only a header that came tells anything. */
function hasReferer(ctx: Context): boolean | undefined {
  if (ctx.get('referer') !== '') return true
  return PASSES_HEADERS.includes(proxyOf(ctx.path)) ? false : undefined
}

function proxyOf(path: string): string {
  return /^\/([^/]+)/.exec(path.slice(PREFIX.length))?.[1] ?? 'traefik'
}

function fromHeaders(method: string, target: string): Convention {
  return (ctx) => ({
    method: headerText(ctx.get(method)) || ctx.method,
    target: headerText(ctx.get(target)) || '/',
  })
}
