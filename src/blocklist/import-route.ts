import type Router from '@koa/router'
import type { Knex } from 'knex'
import type { Context, Middleware } from 'koa'
import { z } from 'zod'
import type { Models } from '../../models'
import { TooLong } from '../access-log/reader'
import { type Abouts, describe } from '../http/about'
import { StoredText } from '../http/schemas'
import { readQuery } from '../http/validate'
import type { Network } from '../net/network'
import { ImportAnswer } from './answers'
import type { Blocklist } from './blocklist'
import { guardsOf } from './guards'
import { importBlocks, ListRefused } from './import'
import { type List, readList } from './list/list'
import { reportOf } from './list/report'
import { textOf } from './list/text'

/** Most bytes of one list, after decompression: some four million addresses. */
const BODY_BYTES = 64 * 1024 * 1024
/** A client that sends nothing for so long is cut off. */
const STALL_MS = 30_000

const Flag = z.enum(['true', 'false']).default('false')
const Order = z.object({ source: StoredText.trim().min(1).max(100), dryRun: Flag, force: Flag })

/** What imports work with. */
export interface ImportParts {
  /** May take longer than the questions of other requests. */
  knex: Knex
  models: Pick<Models, 'AuditEntry' | 'BlockedIP'>
  trustedProxies: readonly Network[]
}

const ABOUT: Abouts = {
  'POST /admin/api/blocks/import': {
    who: 'admin',
    says: 'Puts a published list in force, or says what that would change.',
    query: Order,
    answers: ImportAnswer,
    takes: ['text/plain', 'application/octet-stream', 'application/json', 'text/csv'],
  },
}

interface Parts extends ImportParts {
  blocklist: Pick<Blocklist, 'changed'>
  requireAdmin: Middleware
}

/**
 * `POST /admin/api/blocks/import?source=NAME&dryRun=true&force=true`: the body is a published list,
 * as `scripts/import-blocklist.ts` takes it, of up to 64 MB. What it changes is in force when the
 * answer arrives; the answer is what the script prints with `--json`.
 */
export function routeImport(router: Router, parts: Parts): void {
  const { knex, models, blocklist, trustedProxies, requireAdmin } = parts

  describe(router, ABOUT)
  router.post('/admin/api/blocks/import', requireAdmin, async (ctx: Context) => {
    const query = readQuery(ctx, Order)
    const { identity, client } = ctx.state
    const options = {
      source: query.source,
      by: identity.name,
      from: client.address,
      dryRun: query.dryRun === 'true',
      force: query.force === 'true',
    }
    const guards = guardsOf({ trustedProxies, from: client.address })
    const list = await receive(ctx, (text) => readList(text, { guards, force: options.force }))
    try {
      const difference = await importBlocks(knex, models, list, options)
      if (!options.dryRun) await blocklist.changed()
      ctx.body = reportOf(list, difference, options) satisfies z.infer<typeof ImportAnswer>
    } catch (error) {
      if (!(error instanceof ListRefused)) throw error
      const { rejected, skipped } = list
      ctx.throw(422, error.message, { code: error.code, problem: { rejected, skipped } })
    }
  })
}

async function receive(
  ctx: Context,
  read: (text: AsyncIterable<string>) => Promise<List>,
): Promise<List> {
  ctx.req.setTimeout(STALL_MS, () => ctx.req.destroy())
  try {
    return await read(textOf(ctx.req, BODY_BYTES))
  } catch (error) {
    // The connection is of no use until the rest of the body has been read, which nobody wants.
    const headers = { connection: 'close' }
    const { code } = error as NodeJS.ErrnoException
    if (error instanceof TooLong) {
      ctx.throw(413, `The list has ${error.message}.`, { code: 'too_large', headers })
    }
    if (code?.startsWith('Z_')) {
      ctx.throw(400, 'The gzip data is broken or cut off.', { code: 'broken_gzip', headers })
    }
    if (ctx.req.destroyed) ctx.throw(408, 'The body did not arrive.', { code: 'timeout', headers })
    throw error
  }
}
