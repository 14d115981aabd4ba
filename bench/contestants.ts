import type { AddressInfo } from 'node:net'
import Router from '@koa/router'
import knexFactory, { type Knex } from 'knex'
import Koa, { type Middleware } from 'koa'
import { enforceBlocklist } from '../src/blocklist/middleware'
import { Snapshot } from '../src/blocklist/snapshot'
import { clientReader, identifyClient } from '../src/http/client'
import type { State } from '../src/http/state'
import { createLogger } from '../src/platform/logger'

// What the tracked service is measured against (`bench/requests.ts`): Koa and a router with the
// route of /livez, and behind it what the first argument names. DATABASE_URL: where the last two
// write, into a table of their own.

const FLUSH_MS = 1_000

const variants: Record<string, () => Promise<Middleware<State>[]> | Middleware<State>[]> = {
  bare: () => [],
  judged,
  written,
  naive,
}

void main(process.argv[2] ?? 'bare')

async function main(variant: string): Promise<void> {
  const router = new Router()
  router.get('/livez', (ctx) => {
    ctx.body = 'alive\n'
  })
  const app = new Koa<State>()
  for (const middleware of await variants[variant]!()) app.use(middleware)
  app.use(router.routes() as Middleware<State>)

  const server = app.listen(0, '127.0.0.1', () => {
    const { port } = server.address() as AddressInfo
    console.log(JSON.stringify({ msg: 'listening', url: `http://127.0.0.1:${port}` }))
  })
}

/** Knows the client and asks the blocklist, and keeps nothing. */
function judged(): Middleware<State>[] {
  const blocks = Snapshot.of([], [])
  const blocklist = {
    find: (address: Parameters<typeof blocks.find>[0]) => blocks.find(address, Date.now()),
    noteHit: () => {},
  }
  const readClient = clientReader({ trustedProxies: [], clientIpHeader: 'x-forwarded-for' })
  return [identifyClient(readClient), enforceBlocklist(blocklist, createLogger('silent'))]
}

/** Gathers rows, and sends them from the thread that answers; loses them when it dies. */
async function written(): Promise<Middleware<State>[]> {
  const knex = await openTable()
  let rows: object[] = []
  setInterval(async () => {
    const batch = rows
    rows = []
    // Arrays: rows of VALUES would have more than 65,535 parameters.
    const columns = ['ip', 'at', 'method', 'path', 'status', 'agent'] as const
    const values = columns.map((column) =>
      batch.map((row) => (row as Record<string, unknown>)[column]),
    )
    await knex.raw(
      `insert into bench_requests select * from unnest(
         ?::text[], ?::timestamptz[], ?::text[], ?::text[], ?::int[], ?::text[])`,
      values as Knex.RawBinding[],
    )
  }, FLUSH_MS)
  return [
    async (ctx, next) => {
      await next()
      rows.push(rowOf(ctx))
    },
  ]
}

/** What is written first: a question and a row for each request, before it is answered. */
async function naive(): Promise<Middleware<State>[]> {
  const knex = await openTable()
  return [
    async (ctx, next) => {
      const block = await knex('bench_blocks').where({ ip: ctx.ip }).first()
      if (block) return ctx.throw(403)
      await next()
      await knex('bench_requests').insert(rowOf(ctx))
    },
  ]
}

function rowOf(ctx: Koa.Context): object {
  const { ip, method, path, status } = ctx
  return { ip, at: new Date(), method, path, status, agent: ctx.get('user-agent') }
}

async function openTable(): Promise<Knex> {
  const knex = knexFactory({
    client: 'pg',
    connection: process.env.DATABASE_URL!,
    pool: { max: 10 },
  })
  await knex.raw(`
    create table if not exists bench_blocks (ip text primary key);
    create table if not exists bench_requests (
      ip text, at timestamptz, method text, path text, status int, agent text
    )`)
  return knex
}
