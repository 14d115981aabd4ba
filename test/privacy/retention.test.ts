import { expect } from 'chai'
import { bindModels, type Models } from '../../models'
import { createLogger } from '../../src/platform/logger'
import { Retention } from '../../src/privacy/retention'
import { dayOf, ensurePartitions, reopenDays } from '../../src/request-log/partitions'
import { store, visits } from '../detection/visits'
import { type TestDatabase, testDatabase } from '../support/database'

const HOUR_MS = 3_600_000
const NOW = new Date('2026-03-15T12:30:00Z')

describe('Retention', () => {
  let database: TestDatabase
  let models: Models
  let retention: Retention

  before(async () => {
    database = await testDatabase()
    models = bindModels(database.knex)
    const limits = { anonymizeAfterHours: 24, retentionDays: 30, auditDays: 365 }
    retention = new Retention(database.knex, limits, createLogger('silent'))
  })
  beforeEach(() => database.clean())

  /** A stored request so many hours before NOW, in a partition made so many hours before today. */
  async function seen(hoursAgo: number, ipAddress: string, madeHoursAgo = 48) {
    const timestamp = new Date(NOW.getTime() - hoursAgo * HOUR_MS)
    await ensurePartitions(database.knex, [dayOf(timestamp.getTime())])
    await database
      .knex('request_log_days')
      .where('day', timestamp.toISOString().slice(0, 10))
      .update({ made_at: new Date(Date.now() - madeHoursAgo * HOUR_MS) })
    await models.RequestLog.query().insert({
      ipAddress,
      timestamp,
      method: 'GET',
      path: '/',
      status: 200,
      source: 'service',
    })
  }

  async function addresses(): Promise<string[]> {
    const rows = await models.RequestLog.query().orderBy('timestamp')
    return rows.map(({ ipAddress }) => ipAddress)
  }

  it('truncates addresses when their time has come, and only then', async () => {
    await seen(25, '198.51.100.7')
    await seen(24.5, '2001:db8:1:2::3')
    await seen(23, '198.51.100.7')

    expect((await retention.run(NOW)).truncatedRows).to.equal(2)
    expect(await addresses()).to.deep.equal(['198.51.100.0/24', '2001:db8:1::/48', '198.51.100.7'])
    expect((await retention.run(NOW)).truncatedRows).to.equal(0)

    const later = new Date(NOW.getTime() + 2 * HOUR_MS)
    expect((await retention.run(later)).truncatedRows).to.equal(1)
  })

  it('makes networks of the members of campaigns, and forgets campaigns when their time has come', async () => {
    const at = (hoursAgo: number) => new Date(NOW.getTime() - hoursAgo * HOUR_MS)
    const campaign = { kind: 'hunt', title: 'x', severity: 'medium' }
    await database.knex('campaigns').insert([
      { id: 'new', ...campaign, first_seen: at(26), last_seen: at(2) },
      { id: 'old', ...campaign, first_seen: at(31 * 24), last_seen: at(31 * 24) },
    ])
    const member = (hoursAgo: number, ip_address: string, campaign_id = 'new') => ({
      campaign_id,
      window_start: at(hoursAgo),
      ip_address,
      requests: 2,
      saved_at: at(hoursAgo),
    })
    await database
      .knex('campaign_members')
      .insert([
        member(26, '198.51.100.7'),
        member(26, '198.51.100.8'),
        member(26, '2001:db8:1:2::3'),
        member(2, '198.51.100.7'),
        member(31 * 24, '198.51.100.7', 'old'),
        { ...member(26, '203.0.113.9'), saved_at: new Date() },
      ])
    expect((await retention.run(NOW)).campaigns).to.equal(1)
    await retention.run(NOW)
    const rows = await database.knex('campaign_members').orderBy(['window_start', 'ip_address'])
    expect(rows.map((row) => [row.ip_address, row.requests])).to.deep.equal([
      ['198.51.100.0/24', 4],
      ['203.0.113.9', 2],
      ['2001:db8:1::/48', 2],
      ['198.51.100.7', 2],
    ])
  })

  it('makes networks of the addresses in the roll-ups, and one row of a network', async () => {
    const at = (hoursAgo: number) => NOW.getTime() - hoursAgo * HOUR_MS
    await store(database.knex, [
      ...visits(3, 1_000, { address: '198.51.100.7', timestamp: at(26), path: '/.env' }),
      ...visits(4, 1_000, { address: '198.51.100.8', timestamp: at(26) + 600_000 }),
      ...visits(5, 1_000, { address: '198.51.100.9', timestamp: at(2) }),
    ])
    await database.knex('request_log_days').update({ made_at: new Date(at(48)) })
    await retention.run(NOW)
    const rows = await database.knex('address_rollups').orderBy('window_start')
    expect(rows.map((row) => [row.ip_address, row.requests])).to.deep.equal([
      ['198.51.100.0/24', 7],
      ['198.51.100.9', 5],
    ])
    const signatures = await database.knex('address_signatures')
    expect(signatures.map((row) => [row.ip_address, row.requests])).to.deep.equal([
      ['198.51.100.0/24', 3],
    ])
  })

  it('drops a day when all of it is too old', async () => {
    await seen(32 * 24, '198.51.100.7')
    await seen(30 * 24 + 2, '198.51.100.8')
    await seen(1, '198.51.100.9')
    const hit = {
      ip_address: '198.51.100.7',
      signature: 'x',
      requests: 1,
      missed: 1,
      example: '/x',
    }
    const days = [32, 1].map((ago) => new Date(NOW.getTime() - ago * 24 * HOUR_MS))
    await database
      .knex('address_signatures')
      .insert(days.map((day) => ({ ...hit, window_start: day })))

    const { droppedDays } = await retention.run(NOW)
    expect(droppedDays).to.deep.equal(['20260211'])
    expect(await models.RequestLog.query().resultSize()).to.equal(2)
    const { rows } = await database.knex.raw(
      `select to_regclass('address_rollups_20260211') as gone`,
    )
    expect(rows[0].gone, 'the roll-ups go with it, as a partition').to.equal(null)
    expect(await database.knex('address_signatures').pluck('window_start')).to.deep.equal([days[1]])
  })

  it('leaves an imported day whole for a day, so that it can be judged', async () => {
    await seen(400 * 24, '198.51.100.7', 1)
    expect(await retention.run(NOW)).to.include({ truncatedRows: 0 })
    expect(await addresses()).to.deep.equal(['198.51.100.7'])
  })

  it('comes back to a day in which older rows have arrived since', async () => {
    await seen(30, '198.51.100.7')
    await retention.run(NOW)
    await seen(31, '198.51.100.8')
    await reopenDays(database.knex, [NOW.getTime() - 31 * HOUR_MS])
    await database.knex('request_log_days').update({ made_at: new Date(Date.now() - 48 * HOUR_MS) })

    expect((await retention.run(NOW)).truncatedRows).to.equal(1)
    expect(await addresses()).to.deep.equal(['198.51.100.0/24', '198.51.100.0/24'])
  })

  it('deletes findings, ended blocks and the old audit log, and keeps the others', async () => {
    const old = new Date(NOW.getTime() - 31 * 24 * HOUR_MS)
    const soon = new Date(Date.now() + HOUR_MS)
    const block = { reason: 'x', source: 'person' as const, blockedBy: 'me' }
    await models.BlockedIP.query().insert({ ...block, ipAddress: '198.51.100.1', expiresAt: old })
    await models.BlockedIP.query().insert({ ...block, ipAddress: '198.51.100.2', expiresAt: soon })
    await models.BlockedIP.query().insert({ ...block, ipAddress: '198.51.100.3' })
    for (const flaggedAt of [old, NOW]) {
      await models.SuspiciousIP.query().insert({
        ipAddress: '198.51.100.1',
        windowStart: flaggedAt,
        flaggedAt,
        risk: 0.5,
        severity: 'low',
        reason: 'x',
      })
    }

    const lastYear = new Date(NOW.getTime() - 366 * 24 * HOUR_MS)
    await models.AuditEntry.query().insert({ at: lastYear, actor: 'me', action: 'block.create' })

    const done = await retention.run(NOW)
    expect(done).to.include({ findings: 1, expiredBlocks: 1, auditEntries: 1 })
    expect(await models.BlockedIP.query().resultSize()).to.equal(2)
    expect(await models.AuditEntry.query()).to.have.length(1)
  })
})
