import Router from '@koa/router'
import type { Middleware, ParameterizedContext } from 'koa'
import { z } from 'zod'
import { type Abouts, describe } from '../http/about'
import { otherForwardingHeaders } from '../http/forwarding-headers'
import { requireSameOrigin } from '../http/same-origin'
import { StoredText } from '../http/schemas'
import type { State } from '../http/state'
import { readBody } from '../http/validate'
import { SignedInAnswer, WhoAmIAnswer } from './answers'
import { tell } from './conflict'
import type { SessionCookie } from './cookie'
import type { FirstAdmin } from './first-admin'
import type { Guard } from './guard'
import type { Browser, Sessions } from './sessions'
import type { SignIn } from './sign-in'
import { TooBusy } from './turns'

const BODY_LIMIT_BYTES = 8 * 1024

/** A problem type of draft-ietf-httpapi-ratelimit-headers-11, section 5.2. */
const TEMPORARY = 'https://iana.org/assignments/http-problem-types#temporary-reduced-capacity'

const Credentials = z.object({
  email: StoredText.min(1).max(254),
  password: z.string().min(1).max(1_024),
})

const Setup = Credentials.extend({ token: z.string().min(1).max(100) })

type Context = ParameterizedContext<State>

const ABOUT: Abouts = {
  'POST /login': {
    who: 'anyone',
    says: 'Signs in: sets the session’s cookie.',
    body: Credentials,
    answers: SignedInAnswer,
  },
  'POST /setup': {
    who: 'anyone',
    says: 'Makes the first account, with the link of the first start.',
    body: Setup,
    status: 201,
    answers: SignedInAnswer,
  },
  'POST /logout': { who: 'anyone', says: 'Ends the session.', status: 204 },
  'GET /session': { who: 'people', says: 'Who is signed in.', answers: SignedInAnswer },
  'GET /admin/api/whoami': {
    who: 'admin',
    says: 'As whom this request was seen, and why.',
    answers: WhoAmIAnswer,
  },
}

interface Parts {
  signIn: Pick<SignIn, 'attempt'>
  sessions: Pick<Sessions, 'begin' | 'end'>
  cookie: SessionCookie
  guard: Pick<Guard, 'identify' | 'requireAdmin'>
  limitLogin: Middleware<State>
  firstAdmin: Pick<FirstAdmin, 'claim'>
}

/** How people sign in and out, and find out who they are and as whom they are seen. */
export function authRoutes(parts: Parts): Router<State> {
  const { signIn, sessions, cookie, guard, limitLogin, firstAdmin } = parts
  const router = describe(new Router<State>(), ABOUT)

  // The limit stands before everything that can fail, so that every attempt is counted.
  router.post('/login', noStore, guard.identify, limitLogin, async (ctx) => {
    requireSameOrigin(ctx)
    cookie.requireSafeTransport(ctx)
    const account = await authenticate(ctx)
    // One text whether the account exists or not: nobody is to learn who has one.
    if (!account) refuse(ctx, 'E-mail address or password is wrong.')

    await endCurrent(ctx)
    cookie.write(ctx, await sessions.begin(account.id, browserOf(ctx)))
    ctx.body = { account: { email: account.email, role: account.role } }
  })

  router.post('/setup', noStore, limitLogin, async (ctx) => {
    requireSameOrigin(ctx)
    cookie.requireSafeTransport(ctx)
    const { token, email, password } = await readBody(ctx, Setup, BODY_LIMIT_BYTES)
    const claimed = firstAdmin.claim(token, email, password, ctx.state.client.address)
    const account = await tell(ctx, claimed)
    if (!account) {
      const detail =
        'The link is not valid any more: there is an admin, or the service was started anew.'
      return ctx.throw(410, detail, { code: 'gone' })
    }
    cookie.write(ctx, await sessions.begin(account.id, browserOf(ctx)))
    ctx.status = 201
    ctx.body = { account: { email: account.email, role: account.role } }
  })

  router.post('/logout', noStore, async (ctx) => {
    requireSameOrigin(ctx)
    await endCurrent(ctx)
    cookie.clear(ctx)
    ctx.status = 204
  })

  router.get('/session', noStore, guard.identify, (ctx) => {
    const { identity } = ctx.state
    if (identity?.kind !== 'session') return refuse(ctx, 'Nobody is signed in.')
    ctx.body = { account: { email: identity.name, role: identity.role } }
  })

  router.get('/admin/api/whoami', guard.requireAdmin, (ctx) => {
    const { address, peer, because, header } = ctx.state.client
    ctx.body = {
      address,
      peer,
      because,
      ignored: otherForwardingHeaders(ctx.headers, header),
    } satisfies z.infer<typeof WhoAmIAnswer>
  })

  return router

  async function authenticate(ctx: Context) {
    const { email, password } = await readBody(ctx, Credentials, BODY_LIMIT_BYTES)
    try {
      return await signIn.attempt(email, password, ctx.state.client.address)
    } catch (error) {
      if (!(error instanceof TooBusy)) throw error
      const headers = { 'Retry-After': '1' }
      return ctx.throw(503, 'Too many people are signing in.', {
        code: 'busy',
        expose: true,
        headers,
        problem: { type: TEMPORARY, title: 'Temporary Reduced Capacity' },
      })
    }
  }

  async function endCurrent(ctx: Context): Promise<void> {
    const token = cookie.read(ctx)
    if (token) await sessions.end(token)
  }
}

/** The browser that a request comes from. */
export function browserOf(ctx: Context): Browser {
  return { address: ctx.state.client.address, userAgent: ctx.get('user-agent') }
}

const noStore: Middleware = async (ctx, next) => {
  ctx.set('Cache-Control', 'no-store')
  await next()
}

function refuse(ctx: Context, message: string): never {
  const headers = { 'WWW-Authenticate': 'Bearer realm="portcullis"' }
  return ctx.throw(401, message, { code: 'unauthenticated', headers })
}
