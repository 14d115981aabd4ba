import Router from '@koa/router'
import type { Context, Middleware } from 'koa'
import { z } from 'zod'
import type { Account } from '../../models/account'
import type { ApiKey } from '../../models/api-key'
import { type Abouts, describe } from '../http/about'
import { wholeListOf } from '../http/answers'
import { giverOf } from '../http/giver'
import { StoredText } from '../http/schemas'
import type { State } from '../http/state'
import { readBody, readQuery } from '../http/validate'
import { NO_TIER, type Tier } from '../rate-limit/tier'
import type { Accounts } from './accounts'
import { AccountAnswer, KeyAnswer, KeyMade, KeysAnswer, SessionAnswer } from './answers'
import { tell } from './conflict'
import type { SessionCookie } from './cookie'
import type { Guard } from './guard'
import { type Keys, SCOPES } from './keys'
import type { Sessions } from './sessions'
import type { SignIn } from './sign-in'
import { hashToken } from './token'

const Email = StoredText.trim().min(1).max(254)
const Password = z.string().min(1).max(1_024)
const Role = z.enum(['admin', 'viewer'])

const NewAccount = z.strictObject({ email: Email, password: Password, role: Role })
const AccountChange = z
  .strictObject({ role: Role.optional(), password: Password.optional() })
  .refine(({ role, password }) => (role === undefined) !== (password === undefined), {
    message: 'say either a role or a password',
  })
const PasswordChange = z.strictObject({ current: Password, new: Password })
const Whose = z.object({ all: z.enum(['true', 'false']).optional() })

const ABOUT: Abouts = {
  'GET /admin/api/accounts': {
    who: 'admin',
    says: 'The people who may sign in.',
    answers: wholeListOf(AccountAnswer),
  },
  'POST /admin/api/accounts': {
    who: 'admin',
    says: 'Adds a person.',
    body: NewAccount,
    status: 201,
    answers: AccountAnswer,
  },
  'PATCH /admin/api/accounts/:id': {
    who: 'admin',
    says: 'Gives a person another role or password.',
    body: AccountChange,
    answers: AccountAnswer,
  },
  'DELETE /admin/api/accounts/:id': {
    who: 'admin',
    says: 'Removes a person and ends their sessions.',
    status: 204,
  },
  'POST /admin/api/password': {
    who: 'people',
    says: 'Changes one’s own password.',
    body: PasswordChange,
    status: 204,
  },
  'GET /admin/api/sessions': {
    who: 'people',
    says: 'One’s own sessions; for admins also everybody’s.',
    query: Whose,
    answers: wholeListOf(SessionAnswer),
  },
  'DELETE /admin/api/sessions/:id': { who: 'people', says: 'Ends a session.', status: 204 },
  'GET /admin/api/keys': {
    who: 'admin',
    says: 'The keys that are valid, and the tiers that one may be bound to.',
    answers: KeysAnswer,
  },
  'DELETE /admin/api/keys/:id': { who: 'admin', says: 'Revokes a key.', status: 204 },
}

interface Parts {
  accounts: Accounts
  sessions: Pick<Sessions, 'list' | 'revoke'>
  keys: Pick<Keys, 'create' | 'list' | 'revoke' | 'setTier'>
  cookie: Pick<SessionCookie, 'read'>
  signIn: Pick<SignIn, 'attempt'>
  guard: Pick<Guard, 'requirePerson'>
  requireAdmin: Middleware
  limitLogin: Middleware<State>
  rateLimits: readonly Tier[]
}

/** Who may come in, for admins: accounts, sessions, keys. And for everybody: their own. */
export function accessRoutes(parts: Parts): Router {
  const router = describe(new Router(), ABOUT)
  routeAccounts(router, parts)
  routeOwnAccess(router, parts)
  routeKeys(router, parts)
  return router
}

function routeAccounts(router: Router, { accounts, requireAdmin }: Parts): void {
  router.get('/admin/api/accounts', requireAdmin, async (ctx: Context) => {
    ctx.body = { items: (await accounts.list()).map(presentAccount), next: null }
  })

  router.post('/admin/api/accounts', requireAdmin, async (ctx: Context) => {
    const { email, password, role } = await readBody(ctx, NewAccount)
    const added = await tell(ctx, accounts.add(email, password, role, giverOf(ctx)))
    ctx.status = 201
    ctx.body = presentAccount(added)
  })

  router.patch('/admin/api/accounts/:id', requireAdmin, async (ctx: Context) => {
    const { role, password } = await readBody(ctx, AccountChange)
    const id = idParam(ctx)
    const giver = giverOf(ctx)
    const reset = async () => {
      const account = (await accounts.list()).find((one) => one.id === id)
      return account && accounts.resetPassword(account.email, password!, giver)
    }
    const changed = await tell(ctx, role ? accounts.setRole(id, role, giver) : reset())
    ctx.body = presentAccount(changed ?? noSuchEntry(ctx))
  })

  router.delete('/admin/api/accounts/:id', requireAdmin, async (ctx: Context) => {
    if (!(await tell(ctx, accounts.remove(idParam(ctx), giverOf(ctx))))) noSuchEntry(ctx)
    ctx.status = 204
  })
}

function routeOwnAccess(router: Router, parts: Parts): void {
  const { accounts, sessions, cookie, signIn, guard, limitLogin } = parts
  const { requirePerson } = guard

  // Guessing the password of a browser left open is limited and slowed as at the door.
  router.post('/admin/api/password', requirePerson, limitLogin, async (ctx: Context) => {
    const { current, new: password } = await readBody(ctx, PasswordChange)
    const { identity, client } = ctx.state
    const account = await signIn.attempt(identity!.name, current, client.address)
    if (!account) ctx.throw(403, 'The current password is wrong.', { code: 'wrong_password' })
    const own = hashToken(cookie.read(ctx) ?? '')
    await tell(ctx, accounts.resetPassword(account.email, password, giverOf(ctx), own))
    ctx.status = 204
  })

  router.get('/admin/api/sessions', requirePerson, async (ctx: Context) => {
    const { all } = readQuery(ctx, Whose)
    const { identity } = ctx.state
    const isForAll = all === 'true' && identity!.role === 'admin'
    const owner = isForAll ? undefined : identity!.accountId
    ctx.body = { items: await sessions.list(cookie.read(ctx), owner), next: null }
  })

  router.delete('/admin/api/sessions/:id', requirePerson, async (ctx: Context) => {
    const { identity } = ctx.state
    const owner = identity!.role === 'admin' ? undefined : identity!.accountId
    const { id } = ctx.params
    const isName = /^[\w-]{16}$/.test(id)
    if (!isName || !(await sessions.revoke(id, owner))) noSuchEntry(ctx)
    ctx.status = 204
  })
}

function routeKeys(router: Router, { keys, requireAdmin, rateLimits }: Parts): void {
  const tiers = [...rateLimits.filter(({ who }) => who === 'key').map(({ name }) => name), NO_TIER]
  const TierName = z.enum(tiers as [string, ...string[]])
  const NewKey = z.strictObject({
    name: StoredText.trim().min(1).max(100),
    scopes: z.array(z.enum(SCOPES)).min(1),
    tier: TierName.nullish(),
  })
  const KeyChange = z.strictObject({ tier: TierName.nullable() })

  describe(router, {
    'POST /admin/api/keys': {
      who: 'admin',
      says: 'Makes a key, which is told this once.',
      body: NewKey,
      status: 201,
      answers: KeyMade,
    },
    'PATCH /admin/api/keys/:id': {
      who: 'admin',
      says: 'Binds a key to another tier; with null to the default one.',
      body: KeyChange,
      answers: KeyAnswer,
    },
  })
  router.get('/admin/api/keys', requireAdmin, async (ctx: Context) => {
    const items = (await keys.list()).map(presentKey)
    const answer: z.infer<typeof KeysAnswer> = { items, next: null, tiers }
    ctx.body = answer
  })

  router.post('/admin/api/keys', requireAdmin, async (ctx: Context) => {
    const { name, scopes, tier } = await readBody(ctx, NewKey)
    const key = await keys.create(name, [...new Set(scopes)], tier ?? null, giverOf(ctx))
    const made = (await keys.list()).find(({ prefix }) => key.startsWith(`${prefix}_`))
    ctx.status = 201
    // This once: only its hash is kept.
    ctx.body = { ...(made && presentKey(made)), key }
  })

  router.patch('/admin/api/keys/:id', requireAdmin, async (ctx: Context) => {
    const { tier } = await readBody(ctx, KeyChange)
    const changed = await keys.setTier(idParam(ctx), tier, giverOf(ctx))
    ctx.body = presentKey(changed ?? noSuchEntry(ctx))
  })

  router.delete('/admin/api/keys/:id', requireAdmin, async (ctx: Context) => {
    if (!(await keys.revoke(idParam(ctx), giverOf(ctx)))) noSuchEntry(ctx)
    ctx.status = 204
  })
}

function presentAccount({ id, email, role, createdAt }: Account): z.infer<typeof AccountAnswer> {
  return { id, email, role, createdAt }
}

function presentKey(key: ApiKey): z.infer<typeof KeyAnswer> {
  const { id, name, prefix, scopes, tier, createdAt, lastUsedAt } = key
  return { id, name, prefix, scopes, tier, createdAt, lastUsedAt }
}

/** The `:id` of the route; what is no id names nothing. */
function idParam(ctx: Context): number {
  const { id } = ctx.params
  return /^\d{1,15}$/.test(id) ? Number(id) : noSuchEntry(ctx)
}

function noSuchEntry(ctx: Context): never {
  ctx.throw(404, 'There is no such entry.', { code: 'unknown_entry' })
}
