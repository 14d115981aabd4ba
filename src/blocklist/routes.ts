import { Readable } from 'node:stream'
import Router from '@koa/router'
import type { Context, Middleware } from 'koa'
import type { QueryBuilder } from 'objection'
import { z } from 'zod'
import type { Models } from '../../models'
import type { AllowedNetwork } from '../../models/allowed-network'
import type { BlockedIP } from '../../models/blocked-ip'
import { type Abouts, describe } from '../http/about'
import { LIST_TYPES, listOf } from '../http/answers'
import { isKnownToClient } from '../http/etag'
import { giverOf } from '../http/giver'
import { KeyId, Paging, page, readCursor } from '../http/paging'
import { NetworkText, StoredText } from '../http/schemas'
import { readBody, readQuery } from '../http/validate'
import { requireNetwork } from '../net/network'
import { AllowedAnswer, AllowedMade, BlockAnswer, BlockMade } from './answers'
import { BlockLength } from './block-length'
import type { Blocklist } from './blocklist'
import { endOf } from './escalation'
import { exporter, FORMATS } from './export'
import { allowWarning, BlockRefused } from './guards'
import { withHits } from './hits'
import { type ImportParts, routeImport } from './import-route'
import type { Given } from './orders'
import { presentAllowed, presentBlock } from './present'

/** `ip` leaves only the entries that cover this address or network. */
const Filter = Paging.extend({ ip: NetworkText.optional() })
const BlockFilter = Filter.extend({
  source: z.enum(['person', 'import', 'detection']).optional(),
  /** The list that an entry came from. */
  sourceName: StoredText.max(100).optional(),
})
const Key = z.tuple([KeyId])

const Reason = StoredText.trim().min(1).max(500)
/** Strict: of a mistyped `for` an endless block would be made. */
const Blocking = z.strictObject({
  ipAddress: NetworkText,
  reason: Reason.default('blocked by hand'),
  for: BlockLength.optional(),
  force: z.boolean().default(false),
})
const Allowing = z.strictObject({
  ipAddress: NetworkText,
  reason: Reason.default('allowed by hand'),
})
const Named = z.object({ ipAddress: NetworkText })

interface Parts {
  models: Pick<Models, 'AllowedNetwork' | 'BlockedIP'>
  imports: ImportParts
  blocklist: Blocklist
  requireAdmin: Middleware
  requireCheckKey: Middleware
}

/** Blocks and allowed networks, for admins; the active list, for other programs. */
export function blocklistRoutes(parts: Parts): Router {
  const { models, imports, blocklist, requireAdmin, requireCheckKey } = parts
  const router = new Router()

  routeImport(router, { ...imports, blocklist, requireAdmin })

  describe(router, {
    ...aboutEntries('/admin/api/blocks', 'blocklist', {
      query: BlockFilter,
      body: Blocking,
      item: BlockAnswer,
      made: BlockMade,
    }),
    ...aboutEntries('/admin/api/allowed', 'list of allowed networks', {
      query: Filter,
      body: Allowing,
      item: AllowedAnswer,
      made: AllowedMade,
    }),
  })
  routeEntries<BlockedIP>(router, '/admin/api/blocks', requireAdmin, {
    settle: () => blocklist.flushHits(),
    list(ctx) {
      const { source, sourceName } = readQuery(ctx, BlockFilter)
      const rows = inForce(models).modify(withHits)
      if (source) rows.where('source', source)
      if (sourceName !== undefined) rows.where('source_name', sourceName)
      return rows
    },
    find: (id) => inForce(models).findById(id),
    present: presentBlock,
    add: (ctx) => block(ctx, blocklist),
    remove: (given) => blocklist.unblock(given),
  })
  routeEntries<AllowedNetwork>(router, '/admin/api/allowed', requireAdmin, {
    settle: async () => {},
    list: () => models.AllowedNetwork.query(),
    find: (id) => models.AllowedNetwork.query().findById(id),
    present: presentAllowed,
    add: (ctx) => allow(ctx, blocklist),
    remove: (given) => blocklist.disallow(given),
  })

  for (const [name, format] of Object.entries(FORMATS)) {
    const make = exporter(format, blocklist)
    const says = 'The list in force, for other programs.'
    describe(router, {
      [`GET /v1/blocklist.${name}`]: { who: 'check', says, gives: [format.type] },
    })
    router.get(`/v1/blocklist.${name}`, requireCheckKey, async (ctx: Context) => {
      const { pieces, bytes, etag } = await make()
      ctx.set('Cache-Control', 'no-cache')
      if (isKnownToClient(ctx, etag)) return
      ctx.type = format.type
      ctx.body = Readable.from(pieces)
      ctx.length = bytes
    })
  }
  return router
}

/** What blocks and allowed networks have in common. */
interface Entries<Row extends BlockedIP | AllowedNetwork> {
  /** Resolves when all that the list tells is in the database. */
  settle(): Promise<void>
  list(ctx: Context): QueryBuilder<Row>
  find(id: string): PromiseLike<Row | undefined>
  present(row: Row): object
  /** Answers what was added, as it is told. */
  add(ctx: Context): Promise<object>
  remove(given: Given): Promise<Row | undefined>
}

interface EntrySchemas {
  query: z.ZodType
  body: z.ZodType
  item: z.ZodType
  made: z.ZodType
}

function aboutEntries(path: string, list: string, { query, body, item, made }: EntrySchemas) {
  return {
    [`GET ${path}`]: {
      who: 'admin',
      says: `The ${list}, the newest first.`,
      query,
      answers: listOf(item),
      gives: LIST_TYPES,
    },
    [`POST ${path}`]: {
      who: 'admin',
      says: `Adds to the ${list}.`,
      body,
      answers: made,
      status: 201,
    },
    [`DELETE ${path}`]: {
      who: 'admin',
      says: `Takes a network off the ${list}.`,
      query: Named,
      status: 204,
    },
    [`DELETE ${path}/:id`]: { who: 'admin', says: `Takes an entry off the ${list}.`, status: 204 },
  } satisfies Abouts
}

function routeEntries<Row extends BlockedIP | AllowedNetwork>(
  router: Router,
  path: string,
  requireAdmin: Middleware,
  { settle, list, find, present, add, remove }: Entries<Row>,
): void {
  router.get(path, requireAdmin, async (ctx: Context) => {
    const { limit, cursor, ip } = readQuery(ctx, Filter)
    const [before] = readCursor(ctx, cursor, Key) ?? []
    await settle()
    const rows = list(ctx)
      .orderBy('id', 'desc')
      .limit(limit + 1)
    if (before !== undefined) rows.where('id', '<', before)
    if (ip !== undefined) rows.whereRaw('ip_address >>= ?::cidr', [ip])
    ctx.body = page(await rows, limit, ({ id }) => [id], present)
  })

  router.post(path, requireAdmin, async (ctx: Context) => {
    ctx.body = await add(ctx)
    ctx.status = 201
  })

  router.delete(path, requireAdmin, async (ctx: Context) => {
    const { ipAddress } = readQuery(ctx, Named)
    if (!(await remove({ network: ipAddress, ...giverOf(ctx) }))) noSuchEntry(ctx)
    ctx.status = 204
  })

  router.delete(`${path}/:id`, requireAdmin, async (ctx: Context) => {
    const { id } = ctx.params
    const row = /^\d{1,15}$/.test(id) ? await find(id) : undefined
    const network = row && requireNetwork(row.ipAddress)
    if (!network || !(await remove({ network, ...giverOf(ctx) }))) noSuchEntry(ctx)
    ctx.status = 204
  })
}

async function block(ctx: Context, blocklist: Blocklist): Promise<object> {
  const { ipAddress: network, for: length, ...rest } = await readBody(ctx, Blocking)
  const order = { ...rest, ...giverOf(ctx), network, expiresAt: endOf(length) }
  const objection = blocklist.objectionTo(order)
  try {
    const block = presentBlock(await blocklist.block({ ...order, source: 'person' }))
    return objection
      ? { ...block, warning: `Forced, although ${network} ${objection.why}.` }
      : block
  } catch (error) {
    if (!(error instanceof BlockRefused)) throw error
    return ctx.throw(409, error.message, { code: 'refused', problem: { guard: error.guard } })
  }
}

async function allow(ctx: Context, blocklist: Blocklist): Promise<object> {
  const { ipAddress: network, ...rest } = await readBody(ctx, Allowing)
  const allowed = presentAllowed(await blocklist.allow({ ...rest, ...giverOf(ctx), network }))
  const warning = allowWarning(network)
  return warning ? { ...allowed, warning } : allowed
}

function noSuchEntry(ctx: Context): never {
  ctx.throw(404, 'There is no such entry.', { code: 'unknown_entry' })
}

function inForce({ BlockedIP }: Pick<Models, 'BlockedIP'>) {
  return BlockedIP.query().whereRaw('(expires_at is null or expires_at > now())')
}
