import { expect } from 'chai'
import { bindModels } from '../../models'
import { InsightQuery } from '../../src/insights/filter'
import { top } from '../../src/insights/top'
import { traffic } from '../../src/insights/traffic'
import { requireAddress } from '../../src/net/address'
import { type TestDatabase, testDatabase } from '../support/database'
import { seen, startRequestLog, testFolder } from '../support/request-log'

const HOUR = Date.UTC(2026, 2, 1, 10)
const NOWHERE = { find: async () => ({ organisation: null }) as never }

/** Eight requests of the hour before, then twelve: of which two are refused and one has to wait. */
const REQUESTS = [
  ...Array.from({ length: 8 }, (_, nth) => at(-30 + nth)),
  ...Array.from({ length: 9 }, (_, nth) => at(nth, { path: `/pages/${nth % 3}` })),
  at(20, { status: 403, address: requireAddress('198.51.100.1') }),
  at(21, { status: 403, address: requireAddress('198.51.100.2'), userAgent: 'Somebot/1.0' }),
  at(22, { status: 429, address: requireAddress('2001:db8::1') }),
]

function at(minute: number, changes: Partial<Parameters<typeof seen>[0]> = {}) {
  return seen({ timestamp: HOUR + minute * 60_000, status: 200, ...changes })
}

describe('insights', () => {
  const folder = testFolder()
  let database: TestDatabase

  before(async () => {
    database = await testDatabase()
    await database.clean()
    const log = startRequestLog(folder.path, database.connection)
    const others = [
      at(5, { optedOut: true }),
      at(5, { source: 'service', account: 'reviewer@example.org', path: '/admin/api/top/path' }),
    ]
    for (const request of [...REQUESTS, ...others]) await log.record(request)
    await log.drain()
    await log.stop()
  })
  after(async () => {
    await database.clean()
    folder.remove()
  })

  const span = { from: new Date(HOUR), to: new Date(HOUR + 3_600_000) }
  const ask = (given: object) => InsightQuery.parse({ ...span, ...given })
  const figures = async (given: object = {}) => {
    const { totals, before, points, each } = await traffic(database.knex, ask(given))
    const sum = points.reduce(
      (all, { allowed, limited, blocked }) => all + allowed + limited + blocked,
      0,
    )
    expect(sum).to.equal(totals.requests)
    return { totals, before, each }
  }
  const tops = async (by: Parameters<typeof top>[1], given: object = {}) => {
    const { items } = await top({ knex: database.knex, places: NOWHERE }, by, ask(given))
    return Object.fromEntries(items.map(({ value, requests }) => [value, requests]))
  }

  it('count what came, what became of it, and the same of the span before', async () => {
    const { totals, before, each } = await figures()
    const exact = { addressesWithin: 0 }
    expect(totals).to.deep.equal({ requests: 12, limited: 1, blocked: 2, addresses: 4, ...exact })
    expect(before).to.deep.equal({ requests: 8, limited: 0, blocked: 0, addresses: 1, ...exact })
    expect(each).to.equal(1)
  })

  it('count rows and minutes alike: with a filter that everything fits they say the same', async () => {
    expect(await figures({ ip: '0.0.0.0/0' })).to.deep.include({
      totals: { requests: 11, limited: 0, blocked: 2, addresses: 3, addressesWithin: 0 },
    })
  })

  it('narrow to whatever was seen', async () => {
    const requests = async (given: object) => (await figures(given)).totals.requests
    expect(await requests({ path: '/pages/1' })).to.equal(3)
    expect(await requests({ path: '/pages/*' })).to.equal(9)
    expect(await requests({ outcome: 'blocked' })).to.equal(2)
    expect(await requests({ outcome: 'limited', ip: '2001:db8::/32' })).to.equal(1)
    expect(await requests({ ip: '198.51.100.0/24' })).to.equal(2)
    expect(await requests({ agent: 'Somebot/1.0' })).to.equal(1)
    expect(await requests({ without: 'bots' })).to.equal(11)
    expect(await requests({ country: '-', asn: '-', path: '/none' })).to.equal(0)
  })

  it('leave out allowed networks when asked to', async () => {
    const { AllowedNetwork } = bindModels(database.knex)
    await AllowedNetwork.query().insert({
      ipAddress: '198.51.100.0/24',
      reason: 'ours',
      allowedBy: 'test',
      allowedAt: new Date(),
    })
    expect((await figures({ without: 'own' })).totals.requests).to.equal(10)
  })

  it('name what was seen most, by address, network, path, agent and status', async () => {
    expect(await tops('path')).to.include({ '/pages/0': 3, '/pages/1': 3, '/pages/2': 3 })
    expect(await tops('status')).to.deep.equal({ 200: 9, 403: 2, 429: 1 })
    expect(await tops('network')).to.include({ '198.51.100.0/24': 2, '2001:db8::/48': 1 })
    expect(await tops('address')).to.include({ '198.51.100.1': 1, '2001:db8::1': 1 })
    expect(await tops('agent', { outcome: 'blocked' })).to.include({ 'Somebot/1.0': 1 })
  })

  it('name rules without the figures in their sentences', async () => {
    await bindModels(database.knex)
      .SuspiciousIP.query()
      .insert(
        [120, 3_400].map((requests, nth) => ({
          ipAddress: `203.0.113.${nth}`,
          windowStart: new Date(HOUR),
          risk: 0.5,
          severity: 'low' as const,
          reason: 'many',
          reasons: [
            { kind: 'rule' as const, text: `${requests} requests in this hour`, weight: 0.5 },
            { kind: 'learned' as const, text: 'paths 9; usual here 1', weight: 0.2 },
          ],
          features: {},
          flaggedAt: new Date(),
        })),
      )
    expect(await tops('rule')).to.deep.equal({ '… requests in this hour': 2 })
  })
})
