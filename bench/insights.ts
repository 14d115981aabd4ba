import { randomUUID } from 'node:crypto'
import type { Knex } from 'knex'
import { bindModels } from '../models'
import { activityOf } from '../src/insights/activity'
import { describeAddress } from '../src/insights/address'
import { type Insight, InsightQuery } from '../src/insights/filter'
import { networkSeen } from '../src/insights/network-seen'
import { storage } from '../src/insights/storage'
import { GROUPED_BY, top } from '../src/insights/top'
import { traffic } from '../src/insights/traffic'
import type { Address } from '../src/net/address'
import type { Network } from '../src/net/network'
import { dayOf, ensurePartitions } from '../src/request-log/partitions'
import { searchRequests } from '../src/request-log/search'
import { TrafficAddresses } from '../src/request-log/traffic-addresses'
import { withDatabase } from './database'

const ROWS = 1_000_000
const ROUNDS = 7
const DAY_MS = 86_400_000

const NOWHERE = { find: async () => ({ organisation: null }) as never }

/**
 * Milliseconds of each question of the dashboard about 1,000,000 requests of one day, from 50,000
 * addresses in 200 countries for 5,000 paths: the median of seven, and the longest.
 * With `PLANS=1` also how Postgres answers them.
 */
export async function benchInsights(): Promise<void> {
  await withDatabase(async ({ knex }) => {
    const to = new Date()
    await fill(knex, to)
    const ask = (given: object = {}) =>
      InsightQuery.parse({ from: new Date(+to - DAY_MS), to, ...given })
    for (const [name, question] of questions(knex, ask)) {
      const times: number[] = []
      for (let round = 0; round < ROUNDS; round++) times.push(await timed(question))
      times.sort((a, b) => a - b)
      const [median, longest] = [times[ROUNDS >> 1]!, times.at(-1)!]
      console.log(
        `${name.padEnd(34)} ${median.toFixed(0).padStart(5)} ms   (longest ${longest.toFixed(0)})`,
      )
    }
    if (process.env.PLANS) await showPlans(knex, questions(knex, ask))
  })
}

type Questions = [name: string, question: () => Promise<unknown>][]

function questions(knex: Knex, ask: (given?: object) => Insight): Questions {
  const models = bindModels(knex)
  const crawlers = { known: async () => undefined }
  const parts = { knex, models, places: NOWHERE, crawlers }
  const blocklist = { objectionTo: () => undefined }
  const searched = (search: object) => () =>
    searchRequests(models.RequestLog, search, undefined, 25)
  return [
    ['figures and chart', () => traffic(knex, ask())],
    ['… of a path', () => traffic(knex, ask({ path: '/pages/17' }))],
    [
      '… of a country, without bots',
      () => traffic(knex, ask({ country: 'DE', without: 'bots,own' })),
    ],
    ['… of a network', () => traffic(knex, ask({ ip: '20.1.0.0/16' }))],
    ...GROUPED_BY.map((by): Questions[number] => [`top: ${by}`, () => top(parts, by, ask())]),
    ['top: path, of a country', () => top(parts, 'path', ask({ country: 'DE' }))],
    [
      'sparklines of 100 findings',
      () =>
        activityOf(
          knex,
          Array.from({ length: 100 }, (_, n) => n + 1),
        ),
    ],
    ['one address', () => describeAddress(parts, '20.0.7.7' as Address)],
    [
      'preview of a /16',
      () =>
        networkSeen({ knex, models, blocklist }, '20.1.0.0/16' as Network, '192.0.2.1' as Address),
    ],
    ['live tail', searched({})],
    ['live tail of a path', searched({ path: '/pages/17' })],
    ['storage', () => storage(knex)],
  ]
}

async function fill(knex: Knex, to: Date): Promise<void> {
  await ensurePartitions(knex, [dayOf(+to - DAY_MS), dayOf(+to)])
  // In parts, for a query may take a minute.
  for (let from = 0; from < ROWS; from += ROWS / 20) {
    await knex.raw(
      `insert into request_logs (ip_address, timestamp, method, path, query, status, bytes, user_agent, country, asn, source)
     select '20.0.0.0'::inet + client * 5 + client % 3, to_timestamp(? + n * ?::float8), 'GET',
            '/pages/' || (n::bigint * 7919 % 5000), '', (array[200, 200, 200, 200, 301, 404, 403, 429])[1 + n % 8], n % 9999,
            'Mozilla/5.0 (X11; Linux x86_64; rv:' || client % 300 || '.0) Gecko/20100101 Firefox/' || client % 300 || '.0',
            chr(65 + client % 20) || chr(65 + client % 10), 1000 + client % 4000, 'ingest'
       from generate_series(?::int, ? - 1) as n
      cross join lateral (select (n::bigint * 48271 % 50000)::int as client) as who`,
      [+to / 1_000 - 86_400, 86_400 / ROWS, from, from + ROWS / 20],
    )
  }
  await knex.raw(
    `insert into traffic_minutes
     select date_trunc('minute', timestamp), gen_random_uuid(), count(*), 0, 0 from request_logs group by 1`,
  )
  await knex.raw(
    `insert into suspicious_ips (ip_address, window_start, risk, severity, reason, reasons)
     select '20.0.0.0'::inet + n * 5 + n % 3, date_trunc('hour', now()), 0.5, 'low', 'many',
            '[{"kind": "rule", "text": "120 requests in this hour; the limit is 100", "weight": 0.6}]'
       from generate_series(1, 5000) as n`,
  )
  await sketch(knex, to)
  await knex.raw('vacuum analyze request_logs')
  await knex.raw('vacuum analyze traffic_minutes')
}

/** What the writer would have counted of the same requests. */
async function sketch(knex: Knex, to: Date): Promise<void> {
  const addresses = new TrafficAddresses()
  for (let n = 0; n < ROWS; n++) {
    const client = (n * 48_271) % 50_000
    const host = client * 5 + (client % 3)
    const address = `20.${host >>> 16}.${(host >>> 8) & 255}.${host & 255}`
    addresses.add(address, +to - DAY_MS + (n * DAY_MS) / ROWS)
  }
  await addresses.write(knex, randomUUID())
}

async function timed(question: () => Promise<unknown>): Promise<number> {
  const startedAt = performance.now()
  await question()
  return performance.now() - startedAt
}

/** Asks once more, and prints the plan of every statement that goes by. */
async function showPlans(knex: Knex, all: Questions): Promise<void> {
  for (const [name, question] of all) {
    const asked: { sql: string; bindings: Knex.RawBinding[] }[] = []
    const note = (query: { sql: string; bindings: Knex.RawBinding[] }) => asked.push(query)
    knex.on('query', note)
    await question()
    knex.removeListener('query', note)
    for (const { sql, bindings } of asked) {
      console.log(`\n-- ${name}`)
      const client = await knex.client.acquireConnection()
      const { rows } = await client.query(`explain (analyze, buffers) ${sql}`, bindings)
      await knex.client.releaseConnection(client)
      for (const row of rows) console.log(row['QUERY PLAN'])
    }
  }
}
