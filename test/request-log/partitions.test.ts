import { expect } from 'chai'
import { dayOf, daysAhead, ensurePartitions } from '../../src/request-log/partitions'
import { type TestDatabase, testDatabase } from '../support/database'

const DAY_MS = 86_400_000

describe('partitions of the request log', () => {
  let database: TestDatabase

  before(async () => {
    database = await testDatabase()
  })

  beforeEach(() => database.clean())

  async function partitions(): Promise<string[]> {
    const { rows } = await database.knex.raw<{ rows: { name: string }[] }>(
      `select inhrelid::regclass::text as name
         from pg_inherits where inhparent = 'request_logs'::regclass order by 1`,
    )
    return rows.map(({ name }) => name)
  }

  it('are made for each UTC day once, by many makers at once', async () => {
    const days = [Date.UTC(2015, 4, 17), Date.UTC(2015, 4, 18), Date.UTC(2015, 4, 17)]
    await Promise.all(Array.from({ length: 8 }, () => ensurePartitions(database.knex, days)))

    expect(await partitions()).to.deep.equal(['request_logs_20150517', 'request_logs_20150518'])
    expect(await database.knex('request_log_days').orderBy('day').pluck('day')).to.deep.equal([
      '2015-05-17',
      '2015-05-18',
    ])
  })

  it('hold a day from its first to its last millisecond, with the indexes of the log', async () => {
    const day = Date.UTC(2024, 1, 29)
    await ensurePartitions(database.knex, [day])
    const at = [day, day + DAY_MS - 1].map((time) => new Date(time))
    for (const timestamp of at) {
      await database.knex('request_logs').insert({
        ip_address: '192.0.2.1',
        timestamp,
        method: 'GET',
        path: '/',
        source: 'ingest',
      })
    }

    expect(await database.knex('request_logs_20240229').count()).to.deep.equal([{ count: 2 }])
    const indexes = await database
      .knex('pg_indexes')
      .where('tablename', 'request_logs_20240229')
      .pluck('indexdef')
    expect(indexes).to.have.length(2)
  })

  it('are made for many days at once', async () => {
    const days = Array.from({ length: 70 }, (_, i) => Date.UTC(1995, 6, 1) + i * DAY_MS)
    await ensurePartitions(database.knex, days)

    expect(await partitions()).to.have.length(70)
  })

  it('are wanted for today and two more days', () => {
    const noon = Date.UTC(2024, 11, 31, 12)

    expect(daysAhead(noon).map((day) => new Date(day).toISOString().slice(0, 10))).to.deep.equal([
      '2024-12-31',
      '2025-01-01',
      '2025-01-02',
    ])
    expect(dayOf(noon)).to.equal(Date.UTC(2024, 11, 31))
  })
})
