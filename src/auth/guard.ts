import type { Middleware, ParameterizedContext } from 'koa'
import { requireNoForm, requireSameOrigin } from '../http/same-origin'
import type { Identity, State } from '../http/state'
import type { SessionCookie } from './cookie'
import type { Keys, Scope } from './keys'
import type { Sessions } from './sessions'

type Context = ParameterizedContext<State>

interface Parts {
  sessions: Pick<Sessions, 'find'>
  keys: Pick<Keys, 'find'>
  cookie: Pick<SessionCookie, 'read'>
}

/** Knows whom a request speaks for, and turns away who may not do what it asks. */
export class Guard {
  readonly #sessions: Parts['sessions']
  readonly #keys: Parts['keys']
  readonly #cookie: Parts['cookie']

  constructor({ sessions, keys, cookie }: Parts) {
    this.#sessions = sessions
    this.#keys = keys
    this.#cookie = cookie
  }

  /**
   * Finds `ctx.state.identity`, if there is one. A request that shows a key speaks for the key,
   * valid or not, and for nobody else.
   */
  readonly identify: Middleware<State> = async (ctx, next) => {
    ctx.state.identity = await this.#identityOf(ctx)
    await next()
  }

  /** Passes requests with a key that has `scope`; 401 without a valid key, 403 without the scope. */
  requireKey(scope: Scope): Middleware<State> {
    return async (ctx, next) => {
      const identity = await this.#require(ctx)
      if (identity.kind !== 'key') refuse(ctx, 401, 'This needs a key.')
      requireScope(ctx, identity, scope)
      await next()
    }
  }

  /**
   * Passes signed-in people and keys with the scope `admin`. People with the role `viewer` may
   * only look. What a person changes must be asked for by our own pages, and not by a form.
   */
  readonly requireAdmin: Middleware<State> = async (ctx, next) => {
    ctx.set('Cache-Control', 'no-store')
    const identity = await this.#require(ctx)
    if (identity.kind === 'key') requireScope(ctx, identity, 'admin')
    else if (!isReading(ctx)) requireOwnWish(ctx, identity)
    await next()
  }

  /** Passes signed-in people of every role: for what is their own. */
  readonly requirePerson: Middleware<State> = async (ctx, next) => {
    ctx.set('Cache-Control', 'no-store')
    const identity = await this.#require(ctx)
    if (identity.kind !== 'session') refuse(ctx, 403, 'This is for people who have signed in.')
    if (!isReading(ctx)) requireOwnPages(ctx)
    await next()
  }

  async #require(ctx: Context): Promise<Identity> {
    const identity = await this.#identityOf(ctx)
    if (!identity) refuse(ctx, 401, 'Sign in, or send a key that is valid.')
    ctx.state.identity = identity
    return identity
  }

  async #identityOf(ctx: Context): Promise<Identity | undefined> {
    const shown = shownKey(ctx)
    if (shown !== undefined) {
      const key = this.#keys.find(shown)
      if (!key) return undefined
      const { id, name, scopes, tier } = key
      return { kind: 'key', keyId: id, name, scopes, tier }
    }
    const token = this.#cookie.read(ctx)
    const person = token && (await this.#sessions.find(token))
    if (!person) return undefined
    const { accountId, email, role } = person
    return { kind: 'session', name: email, accountId, role, scopes: [] }
  }
}

/** The key in `Authorization: Bearer` (RFC 6750) or, as CrowdSec's bouncers send it, in `X-Api-Key`. */
function shownKey(ctx: Context): string | undefined {
  const [, bearer] = /^bearer +(.*)$/i.exec(ctx.get('authorization')) ?? []
  return bearer ?? (ctx.get('x-api-key') || undefined)
}

function requireScope(ctx: Context, identity: Identity, scope: Scope): void {
  if (identity.scopes.includes(scope)) return
  refuse(ctx, 403, `This needs a key with the scope "${scope}".`)
}

function requireOwnWish(ctx: Context, identity: Identity): void {
  requireOwnPages(ctx)
  if (identity.role !== 'admin') refuse(ctx, 403, 'This needs the role "admin".')
}

function requireOwnPages(ctx: Context): void {
  requireSameOrigin(ctx)
  requireNoForm(ctx)
}

function isReading(ctx: Context): boolean {
  return ctx.method === 'GET' || ctx.method === 'HEAD'
}

function refuse(ctx: Context, status: 401 | 403, message: string): never {
  if (status === 403) ctx.throw(403, message, { code: 'forbidden' })
  const headers = { 'WWW-Authenticate': 'Bearer realm="portcullis"' }
  ctx.throw(401, message, { code: 'unauthenticated', headers })
}
