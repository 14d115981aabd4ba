import { expect } from 'chai'
import { addressRollups } from '../../models/address-rollup'
import { tallyHour } from '../../src/detection/hour/in-database'
import { HourInMemory } from '../../src/detection/hour/in-memory'
import { dayOf, ensurePartitions } from '../../src/request-log/partitions'
import { RollUps } from '../../src/request-log/roll-ups'
import { store, storeRows, visit, visits } from '../detection/visits'
import { type TestDatabase, testDatabase } from '../support/database'

const HOUR = new Date('2026-03-01T10:00:00Z')
const SENSITIVE = ['/admin', '/login']

describe('the roll-ups', () => {
  let database: TestDatabase
  before(async () => {
    database = await testDatabase()
  })
  beforeEach(() => database.clean())

  const rows = () => database.knex('address_rollups').orderBy(['window_start', 'ip_address'])
  const tallies = async () => {
    const found = await tallyHour(database.knex, HOUR, SENSITIVE)
    return found.sort((a, b) => (a.address < b.address ? -1 : 1))
  }

  it('are one per address, window and kind, with what was done in it', async () => {
    const timestamp = HOUR.getTime() + 299_000
    await store(database.knex, [
      visit({ address: '192.0.2.1', timestamp, status: 404, path: '/x', method: 'HEAD' }),
      visit({ address: '192.0.2.1', timestamp, status: 404, path: '/x.css' }),
      visit({ address: '192.0.2.1', timestamp: timestamp + 1_000, userAgent: 'curl/8' }),
      visit({ address: '192.0.2.1', timestamp: timestamp + 1_000, path: '/admin', status: 500 }),
      visit({ address: '192.0.2.1', timestamp: timestamp + 1_000, status: 429, source: 'service' }),
    ])
    const [first, ...second] = await rows()
    expect(first).to.deep.include({
      window_start: HOUR,
      ip_address: '192.0.2.1',
      requests: 2,
      kept: 2,
      not_found: 2,
      pages_not_found: 1,
      assets: 1,
      methods: 3,
      bytes: 2_000,
      first_seen: new Date(timestamp),
      last_seen: new Date(timestamp),
      busiest_minute: 2,
    })
    expect(second).to.have.length(3)
    expect(second.find((row) => row.sensitive_path)).to.include({ server_errors: 1, requests: 1 })
    expect(second.find((row) => !row.evidence)).to.include({ other_client_errors: 1, requests: 1 })
  })

  it('put late and imported requests into their own windows', async () => {
    const years = visit({ address: '192.0.2.1', timestamp: Date.UTC(2015, 4, 17, 10, 7) })
    await store(database.knex, [visit({ address: '192.0.2.1' }), years])
    expect((await rows()).map((row) => row.window_start)).to.deep.equal([
      new Date('2015-05-17T10:05:00Z'),
      HOUR,
    ])
  })

  it('tell the same of an hour whether it came in one batch or in many, folded or not', async () => {
    const entries = Array.from({ length: 3_000 }, (_, i) =>
      visit({
        address: `192.0.2.${i % 7}`,
        timestamp: HOUR.getTime() + i * 1_200,
        path:
          i % 50 === 0
            ? '/login'
            : `/${'abcdefghij'[(i * 31) % 9]}${'abcdefghij'[i % 7]}/${i >> 1}`,
        query: i % 40 === 0 ? `file=../../etc/passwd${i % 3}` : '',
        status: i % 11 === 0 ? 404 : 200,
        userAgent: `agent ${i % 5}`,
        hasReferer: i % 3 === 0,
      }),
    )
    const rollUps = new RollUps(SENSITIVE)
    for (let start = 0; start < entries.length; start += 100) {
      await store(database.knex, entries.slice(start, start + 100), rollUps)
    }
    const unfolded = await tallies()
    const many = (await rows()).length
    expect(await addressRollups.fold(database.knex, HOUR)).to.equal((await rows()).length)
    expect((await rows()).length).to.be.below(many / 10)
    const folded = await tallies()

    const memory = new HourInMemory(SENSITIVE)
    for (const entry of entries) memory.add(entry)
    const inMemory = memory.tallies().sort((a, b) => (a.address < b.address ? -1 : 1))
    for (const [i, tally] of inMemory.entries()) {
      for (const other of [unfolded[i]!, folded[i]!]) {
        expect(other.gapMean).to.be.closeTo(tally.gapMean, 1e-6)
        expect(other.gapDeviation).to.be.closeTo(tally.gapDeviation, 1e-4)
        const { gapMean, gapDeviation } = tally
        expect({ ...other, gapMean, gapDeviation }).to.deep.equal(tally)
      }
    }
  })

  it('are folded without loss while others fold and append', async () => {
    for (let i = 0; i < 10; i++) {
      await store(database.knex, visits(100, 100, { address: `192.0.2.${i}` }))
    }
    await Promise.all([
      addressRollups.fold(database.knex, HOUR),
      addressRollups.fold(database.knex, HOUR),
      store(database.knex, visits(100, 100, { address: '192.0.2.3' })),
    ])
    const [{ sum } = { sum: 0 }] = await database.knex('address_rollups').sum('requests')
    expect(sum).to.equal(1_100)
    expect((await tallies()).map(({ requests }) => requests)).to.include(200)
  })

  it('are made of the rows that an earlier version has left without any', async () => {
    await ensurePartitions(database.knex, [dayOf(HOUR.getTime())])
    const earlier = visits(120, 1_000, { address: '192.0.2.1' })
    const place = { country: null, city: null, asn: null }
    const rows = earlier.map(({ address, ...entry }) => {
      return { ...entry, ...place, ipAddress: address }
    })
    await storeRows(database.knex, rows)
    await database.knex('hours_to_roll_up').insert({ hour: HOUR })
    await store(database.knex, visits(5, 1_000, { address: '192.0.2.1', path: '/admin' }))

    const [tally] = await tallies()
    expect(tally).to.deep.include({ requests: 125, sensitive: { '/admin': 5 } })
    expect(await database.knex('hours_to_roll_up')).to.deep.equal([])
    expect(await tallies()).to.deep.equal([tally])
  })

  it('keep one in a hundred of the rows of a loud address in a flood, and count them all', () => {
    const loud = visits(1_000, 10, { address: '192.0.2.1', source: 'service' })
    const quiet = visits(50, 200, { address: '192.0.2.2', source: 'service' })
    const read = visits(1_000, 10, { address: '192.0.2.3', source: 'ingest' })
    const rows = [...loud, ...quiet, ...read].map(({ address, ...entry }) => {
      return { ...entry, ipAddress: address, country: null, asn: null }
    })
    const rolling = new RollUps([]).begin(64)
    const kept = rolling.add(rows)
    const keptOf = (address: string) => kept.filter(({ ipAddress }) => ipAddress === address).length

    expect(keptOf('192.0.2.1')).to.equal(64 + 10)
    expect(keptOf('192.0.2.2')).to.equal(50)
    expect(keptOf('192.0.2.3')).to.equal(1_000)
    const { table } = rolling
    const rollUps = table.keys.map((_, nth) => table.read(nth))
    expect(rollUps.map(({ requests, kept }) => [requests, kept])).to.have.deep.members([
      [1_000, 74],
      [50, 50],
      [1_000, 1_000],
    ])
  })
})
