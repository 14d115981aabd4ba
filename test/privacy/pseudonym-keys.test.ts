import { expect } from 'chai'
import { dayOf } from '../../src/request-log/partitions'
import { forgetKeys, keptKeys, PseudonymKeys } from '../../src/request-log/pseudonym-keys'
import { type TestDatabase, testDatabase } from '../support/database'

const HOUR_MS = 3_600_000
const NOON = Date.parse('2026-03-10T12:00:00Z')
const TODAY = dayOf(NOON)
const YESTERDAY = TODAY - 24 * HOUR_MS

describe('the keys of pseudonyms', () => {
  let database: TestDatabase

  before(async () => {
    database = await testDatabase()
  })
  beforeEach(() => database.clean())

  const keys = (keptHours = 24) => new PseudonymKeys(database.knex, keptHours)
  const keyOf = async (timestamp: number, now = NOON, from = keys()) => {
    return Buffer.from((await from.forDays([timestamp], now)).get(dayOf(timestamp))!).toString(
      'hex',
    )
  }

  it('are one per day, the same for all instances that ask at once', async () => {
    const all = await Promise.all(Array.from({ length: 8 }, () => keyOf(NOON)))
    expect(new Set(all)).to.have.length(1)
    expect(all[0]).to.have.length(64)
    expect(await keyOf(YESTERDAY)).to.not.equal(all[0])
    expect(await keptKeys(database.knex)).to.have.length(2)
  })

  it('are deleted when their day is to be forgotten, and not before', async () => {
    await keyOf(TODAY)
    const end = TODAY + 48 * HOUR_MS
    expect(await forgetKeys(database.knex, 24, new Date(end - 1))).to.equal(0)
    expect(await forgetKeys(database.knex, 24, new Date(end))).to.equal(1)
    expect(await keptKeys(database.knex)).to.deep.equal([])
  })

  it('are not made anew for a day that is over, nor ahead for one to come', async () => {
    const today = await keyOf(NOON)
    expect(await keyOf(NOON - 72 * HOUR_MS)).to.equal(today)
    expect(await keyOf(NOON + 72 * HOUR_MS)).to.equal(today)
    expect(await keptKeys(database.knex)).to.have.length(1)
  })

  it('leave the memory when their time is over, too', async () => {
    const long = keys()
    const old = await keyOf(YESTERDAY, NOON, long)
    const later = NOON + 24 * HOUR_MS
    await forgetKeys(database.knex, 24, new Date(later))
    expect(await keyOf(YESTERDAY, later, long)).to.not.equal(old)
  })
})
