import { expect } from 'chai'
import { addressRollups } from '../../models/address-rollup'
import type { NewRequest } from '../../models/request-log'
import { commitBatch, committedPosition, forgetSegment } from '../../src/request-log/ledger'
import { dayOf, ensurePartitions } from '../../src/request-log/partitions'
import { RollUps } from '../../src/request-log/roll-ups'
import { storeRows } from '../detection/visits'
import { type TestDatabase, testDatabase } from '../support/database'

const SEGMENT = '6f1c1f0e-55a0-4d2c-9d5a-0a8d2f6a3b10'
const NOW = Date.now()

describe('a batch of the spool', () => {
  let database: TestDatabase

  before(async () => {
    database = await testDatabase()
  })

  beforeEach(async () => {
    await database.clean()
    await ensurePartitions(database.knex, [dayOf(NOW)])
  })

  const batch = (from: number, to: number) => ({ segment: SEGMENT, from, to })
  const rows = (count: number): NewRequest[] => Array.from({ length: count }, () => request())
  const commit = (batch: Parameters<typeof commitBatch>[1], rows: NewRequest[]) =>
    commitBatch(database.knex, batch, async (trx) => {
      const rolling = new RollUps([]).begin()
      rolling.add(rows)
      await addressRollups.append(trx, addressRollups.encode(rolling.rollUps))
      await storeRows(trx, rows)
    })
  const rolledUp = async () => (await database.knex('address_rollups').sum('requests'))[0]?.sum
  const written = async () => (await database.knex('request_logs').count())[0]?.count

  it('is written once, however often it is tried', async () => {
    for (let i = 0; i < 3; i++) {
      expect(await commit(batch(0, 100), rows(5))).to.equal(100)
    }
    expect(await commit(batch(100, 150), rows(2))).to.equal(150)

    expect(await written()).to.equal(7)
    expect(await rolledUp()).to.equal(7)
    expect(await committedPosition(database.knex, SEGMENT)).to.equal(150)
  })

  it('is written once by many writers at once, who all learn where to go on', async () => {
    const tries = Array.from({ length: 4 }, () => commit(batch(0, 100), rows(5)))

    expect(await Promise.all(tries)).to.deep.equal([100, 100, 100, 100])
    expect(await written()).to.equal(5)
    expect(await rolledUp()).to.equal(5)
  })

  it('sends a writer that is behind to where the other has got', async () => {
    await commit(batch(0, 40), rows(2))

    expect(await commit(batch(0, 100), rows(5))).to.equal(40)
    expect(await written()).to.equal(2)
    expect(await rolledUp()).to.equal(2)
  })

  it('moves nothing when a row is refused', async () => {
    const bad = { ...request(), path: '/\0' }
    const failure = await commit(batch(0, 9), [request(), bad]).catch((error) => error)

    expect(failure).to.have.property('code', '22021')
    expect(await written()).to.equal(0)
    expect(await rolledUp()).to.equal(null)
    expect(await committedPosition(database.knex, SEGMENT)).to.equal(0)
  })

  it('is forgotten with its segment', async () => {
    await commit(batch(0, 40), rows(2))
    await forgetSegment(database.knex, SEGMENT)

    expect(await database.knex('spool_segments')).to.deep.equal([])
  })
})

function request(): NewRequest {
  return {
    ipAddress: '192.0.2.7',
    timestamp: NOW,
    method: 'GET',
    path: '/',
    query: '',
    status: 200,
    durationMs: null,
    bytes: null,
    userAgent: '',
    country: null,
    city: null,
    asn: null,
    account: null,
    source: 'service',
  }
}
