import { expect } from 'chai'
import { addressRollups } from '../../models/address-rollup'
import type { NewRequest } from '../../models/request-log'
import {
  commitSpans,
  committedPositions,
  forgetSegments,
  type Span,
  spansOf,
} from '../../src/request-log/ledger'
import { dayOf, ensurePartitions } from '../../src/request-log/partitions'
import { RollUps } from '../../src/request-log/roll-ups'
import { storeRows } from '../detection/visits'
import { type TestDatabase, testDatabase } from '../support/database'

const SEGMENT = '6f1c1f0e-55a0-4d2c-9d5a-0a8d2f6a3b10'
const OTHER = '0b8f3c52-91c4-4d0f-8a3e-5e1f6d2c7a41'
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
  const commitAll = (spans: Span[], rows: NewRequest[]) =>
    commitSpans(database.knex, spans, async (trx) => {
      const rolling = new RollUps([]).begin()
      rolling.add(rows)
      await addressRollups.append(trx, addressRollups.encode(rolling.table))
      await storeRows(trx, rows)
    })
  const commit = async (span: Span, rows: NewRequest[]) =>
    (await commitAll([span], rows)).get(span.segment)
  const position = async (segment = SEGMENT) =>
    (await committedPositions(database.knex, [segment])).get(segment)
  const rolledUp = async () => (await database.knex('address_rollups').sum('requests'))[0]?.sum
  const written = async () => (await database.knex('request_logs').count())[0]?.count

  it('is written once, however often it is tried', async () => {
    for (let i = 0; i < 3; i++) {
      expect(await commit(batch(0, 100), rows(5))).to.equal(100)
    }
    expect(await commit(batch(100, 150), rows(2))).to.equal(150)

    expect(await written()).to.equal(7)
    expect(await rolledUp()).to.equal(7)
    expect(await position()).to.equal(150)
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
    expect(await position()).to.equal(0)
  })

  it('is written with those of other segments or not at all', async () => {
    const other = { segment: OTHER, from: 0, to: 30 }
    expect([...(await commitAll([batch(0, 100), other], rows(5)))]).to.deep.equal([
      [SEGMENT, 100],
      [OTHER, 30],
    ])

    const ahead = { segment: OTHER, from: 60, to: 90 }
    expect([...(await commitAll([batch(100, 150), ahead], rows(2)))]).to.deep.equal([
      [SEGMENT, 100],
      [OTHER, 30],
    ])
    expect(await written()).to.equal(5)
    expect(await rolledUp()).to.equal(5)
    expect([await position(), await position(OTHER)]).to.deep.equal([100, 30])
  })

  it('makes one part of its segment with those that follow it', () => {
    const other = { segment: OTHER, from: 7, to: 8 }
    expect(spansOf([batch(0, 40), batch(40, 100), other])).to.deep.equal([batch(0, 100), other])
  })

  it('is forgotten with its segment', async () => {
    await commit(batch(0, 40), rows(2))
    await forgetSegments(database.knex, [SEGMENT])

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
