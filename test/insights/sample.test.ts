import { randomUUID } from 'node:crypto'
import { expect } from 'chai'
import { InsightQuery } from '../../src/insights/filter'
import { top } from '../../src/insights/top'
import { traffic } from '../../src/insights/traffic'
import { dayOf, ensurePartitions } from '../../src/request-log/partitions'
import { TrafficAddresses, truncateSketches } from '../../src/request-log/traffic-addresses'
import { type TestDatabase, testDatabase } from '../support/database'

const DAY = Date.UTC(2026, 2, 1)
const REQUESTS = 250_000
const NOWHERE = { find: async () => ({ organisation: null }) as never }

describe('insights of a busy day', () => {
  let database: TestDatabase

  before(async () => {
    database = await testDatabase()
    await database.clean()
    await ensurePartitions(database.knex, [dayOf(DAY)])
    await database.knex.raw(
      `insert into request_logs (ip_address, timestamp, method, path, status, source)
       select '203.0.113.7'::inet + (n % 100), to_timestamp(? + (n - 1) * 0.3), 'GET',
              case when n % 4 = 0 then '/quarter' else '/rest' end, case when n % 10 = 0 then 403 else 200 end, 'ingest'
         from generate_series(1, ?) as n`,
      [DAY / 1_000, REQUESTS],
    )
    await database.knex.raw(
      `insert into traffic_minutes
       select date_trunc('minute', timestamp), gen_random_uuid(), count(*), 0, 0 from request_logs group by 1`,
    )
  })
  after(() => database.clean())

  const ask = (given: object) =>
    InsightQuery.parse({ from: new Date(DAY), to: new Date(DAY + 86_400_000), ...given })

  it('are exact in all, and estimates where rows are looked at, which they say', async () => {
    const whole = await traffic(database.knex, ask({}))
    expect([whole.totals.requests, whole.each]).to.deep.equal([REQUESTS, 1])

    const { items, each } = await top(
      { knex: database.knex, places: NOWHERE },
      'path',
      ask({ outcome: 'allowed' }),
    )
    expect(each).to.equal(5)
    expect(items.map(({ value }) => value)).to.deep.equal(['/rest', '/quarter'])

    const quarter = await traffic(database.knex, ask({ path: '/quarter' }))
    expect(quarter.each).to.equal(5)
    expect(quarter.totals.requests).to.be.closeTo(REQUESTS / 4, REQUESTS / 20)
  })

  it('count addresses from sketches when these are there, and networks once addresses are truncated', async () => {
    const { knex } = database
    const before = await traffic(knex, ask({}))
    expect([before.totals.addresses, before.totals.addressesWithin]).to.deep.equal([100, 0])

    const addresses = new TrafficAddresses()
    for (let n = 0; n < REQUESTS; n++) addresses.add(`203.0.113.${n % 100}`, DAY + n * 300)
    // Twice, as after a crash, and by two writers.
    for (const writer of [randomUUID(), randomUUID()]) {
      await addresses.write(knex, writer)
      await addresses.write(knex, writer)
    }
    const sketched = await traffic(knex, ask({}))
    expect(sketched.totals.addresses).to.be.closeTo(100, 5)
    expect(sketched.totals.addressesWithin).to.equal(0.045)

    await truncateSketches(knex, new Date(DAY + 86_400_000))
    expect((await traffic(knex, ask({}))).totals.addresses).to.equal(1)
  })

  it('look at every row when the span is short', async () => {
    const to = new Date(DAY + 3_600_000)
    const { each, totals } = await traffic(database.knex, ask({ to, path: '/quarter' }))
    expect([each, totals.requests]).to.deep.equal([1, 3_000])
  })
})
