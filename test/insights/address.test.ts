import { expect } from 'chai'
import { bindModels } from '../../models'
import { Orders } from '../../src/blocklist/orders'
import { NOWHERE } from '../../src/geo/source'
import { describeAddress } from '../../src/insights/address'
import { type Address, requireAddress } from '../../src/net/address'
import { requireNetwork } from '../../src/net/network'
import { crawlersOf } from '../../src/request-log/crawler-names'
import { dayOf, ensurePartitions } from '../../src/request-log/partitions'
import { type TestDatabase, testDatabase } from '../support/database'

const HOUR_MS = 3_600_000
const ADDRESS = requireAddress('198.51.100.7')

describe('what is known about an address', () => {
  let database: TestDatabase
  before(async () => {
    database = await testDatabase()
  })
  beforeEach(() => database.clean())

  const places = { find: async () => ({ ...NOWHERE, organisation: 'Example' }) }
  const describeIt = () => {
    const { knex } = database
    return describeAddress({ knex, models: bindModels(knex), places, crawlers }, ADDRESS)
  }
  /** Knows Bing. */
  const crawlers = {
    known: async (_address: Address, claims: number) =>
      crawlersOf(claims).find(({ name }) => name === 'Bing')?.name,
  }

  async function seen(hoursAgo: number, country: string, times = 1): Promise<Date> {
    const timestamp = new Date(Date.now() - hoursAgo * HOUR_MS)
    await ensurePartitions(database.knex, [dayOf(timestamp.getTime())])
    await database.knex.raw(
      `insert into request_logs (ip_address, timestamp, method, path, status, country, source)
       select ?, ?, 'GET', '/', 200, ?, 'service' from generate_series(1, ?::int)`,
      [ADDRESS, timestamp, country, times],
    )
    return timestamp
  }

  it('tells its first and its last visit, and its latest place', async () => {
    const lastSeen = await seen(1, 'FR')
    const firstSeen = await seen(50, 'DE')
    expect(await describeIt()).to.deep.include({
      requestCount: 2,
      firstSeen,
      lastSeen,
      country: 'FR',
    })
  })

  it('counts no further than anybody reads', async () => {
    await seen(1, 'FR', 10_500)
    expect(await describeIt()).to.include({ requestCount: 10_000 })
  })

  it('tells which crawler it says it is, and whether that was found to be so', async () => {
    const says = async (userAgent: string) => {
      await seen(1, 'FR')
      await database.knex('request_logs').update({ user_agent: userAgent })
      return (await describeIt()).crawler
    }
    expect(await says('Mozilla/5.0')).to.deep.equal({ claims: [], verified: null })
    expect(await says('Googlebot/2.1')).to.deep.equal({ claims: ['Google'], verified: null })
    expect(await says('bingbot/2.0')).to.deep.equal({ claims: ['Bing'], verified: 'Bing' })
  })

  it('tells in which campaigns it takes part', async () => {
    const window_start = new Date()
    const times = { first_seen: window_start, last_seen: window_start }
    const given = { kind: 'hunt', severity: 'high', reasons: '[]', addresses: 2, requests: 8 }
    for (const id of ['a', 'b']) {
      await database.knex('campaigns').insert({ ...given, ...times, id, title: `Campaign ${id}` })
    }
    const member = { window_start, ip_address: ADDRESS, requests: 4 }
    await database.knex('campaign_members').insert({ ...member, campaign_id: 'b' })
    const { campaigns } = await describeIt()
    expect(campaigns.map(({ title, status }) => [title, status])).to.deep.equal([
      ['Campaign b', 'open'],
    ])
  })

  it('tells what was done about it and the networks around it, the newest first', async () => {
    const models = bindModels(database.knex)
    const orders = new Orders(models, [])
    const given = { by: 'ann', reason: 'scans', source: 'person' as const, expiresAt: null }
    for (const network of ['198.51.100.0/24', '198.51.100.7', '198.51.100.8']) {
      await orders.block({ ...given, network: requireNetwork(network) })
    }
    await orders.unblock({ network: requireNetwork('198.51.100.7'), by: 'bob' })

    const { history } = await describeIt()
    const told = history.map(({ actor, action, ipAddress }) => `${actor} ${action} ${ipAddress}`)
    expect(told).to.deep.equal([
      'bob block.delete 198.51.100.7',
      'ann block.create 198.51.100.7',
      'ann block.create 198.51.100.0/24',
    ])
    expect(history[0]?.details).to.include({ reason: 'scans' })
  })

  it('says so of an address that nobody has seen', async () => {
    expect(await describeIt()).to.deep.include({ requestCount: 0, firstSeen: null, country: null })
  })
})
