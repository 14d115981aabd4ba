import { expect } from 'chai'
import { bindModels } from '../../models'
import { fairness, wilson } from '../../src/insights/fairness'
import { ensurePartitions } from '../../src/request-log/partitions'
import { type TestDatabase, testDatabase } from '../support/database'

const HOUR = new Date('2026-03-10T12:00:00Z')
const END = new Date('2026-03-10T13:00:00Z')

describe('the report on fairness', () => {
  let database: TestDatabase

  before(async () => {
    database = await testDatabase()
    await database.clean()
    await ensurePartitions(database.knex, [Date.parse('2026-03-10')])
    await came('192.0.2.1', 'DE', 64_496, 200)
    await came('192.0.2.1', 'DE', 64_496, 403)
    await came('192.0.2.2', 'DE', 64_496, 200)
    await came('198.51.100.0/24', 'FR', 64_497, 200)
    await came('203.0.113.0/24', 'FR', 64_497, 200, true)
    await came('2001:db8::1', null, null, 200)
    await flag('192.0.2.1')
    await flag('198.51.100.7')
  })

  async function came(
    ip_address: string,
    country: string | null,
    asn: number | null,
    status: number,
    opted_out = false,
  ): Promise<void> {
    await database.knex('request_logs').insert({
      ...{ ip_address, country, asn, status, opted_out },
      ...{ timestamp: HOUR, method: 'GET', path: '/', source: 'service' },
    })
  }

  async function flag(ipAddress: string): Promise<void> {
    const { SuspiciousIP } = bindModels(database.knex)
    await SuspiciousIP.query().insert({
      ...{ ipAddress, windowStart: HOUR, risk: 0.5, severity: 'low', reason: 'x' },
    })
  }

  it('counts, per country, who came, was flagged and was refused', async () => {
    const report = await fairness(database.knex, 'country', HOUR, END)
    expect(report).to.include({ addresses: 4, flagged: 2, refused: 1, complete: true })
    const groups = report.groups.map(({ group, addresses, flagged, refused, timesOverall }) => {
      return [group, addresses, flagged, refused, timesOverall]
    })
    expect(groups).to.deep.equal([
      ['DE', 2, 1, 1, 1],
      ['FR', 1, 1, 0, 2],
      [null, 1, 0, 0, 0],
    ])
  })

  it('does the same per network operator', async () => {
    const { groups } = await fairness(database.knex, 'network', HOUR, END)
    expect(groups.map(({ group }) => group)).to.deep.equal(['64496', '64497', null])
  })

  it('says nothing of an hour in which nobody came', async () => {
    const report = await fairness(database.knex, 'country', END, new Date(+END + 3_600_000))
    expect(report).to.deep.include({ addresses: 0, flagged: 0, groups: [] })
  })

  it('gives wide bounds to few addresses, and narrow ones to many', () => {
    // By the formula: of 0 in n the upper bound is z² / (n + z²).
    const [low, high] = wilson(1, 2)
    expect(low).to.be.closeTo(0.0945, 0.0001)
    expect(high).to.be.closeTo(0.9055, 0.0001)
    expect(wilson(0, 10)[0]).to.equal(0)
    expect(wilson(0, 10)[1]).to.be.closeTo(0.2775, 0.0001)
    const [many, more] = wilson(500, 1_000)
    expect(more - many).to.be.below(0.07)
  })
})
