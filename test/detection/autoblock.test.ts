import { expect } from 'chai'
import { bindModels, type Models } from '../../models'
import type { Reason } from '../../models/suspicious-ip'
import { Blocklist } from '../../src/blocklist/blocklist'
import { Autoblock } from '../../src/detection/autoblock'
import { saveFindings } from '../../src/detection/findings'
import { startOfHour } from '../../src/detection/hour/in-database'
import { HourInMemory } from '../../src/detection/hour/in-memory'
import type { Judgement } from '../../src/detection/judge'
import { requireNetwork } from '../../src/net/network'
import { PostgresBus } from '../../src/platform/bus'
import { createLogger } from '../../src/platform/logger'
import { type TestDatabase, testDatabase } from '../support/database'
import { visit } from './visits'

const ATTACKER = '203.0.113.66'
const PROXY = '203.0.113.1'
const HOUR = startOfHour(new Date())
const RULE: Reason = { text: 'asked for /.env 40 times', kind: 'rule', weight: 0.97 }
const LEARNED: Reason = { text: 'share not found 0.9', kind: 'learned', weight: 1 }

describe('automatic blocks', () => {
  let database: TestDatabase
  let models: Models
  let blocklist: Blocklist
  let stop: () => Promise<unknown>

  before(async () => {
    database = await testDatabase()
    await database.clean()
    models = bindModels(database.knex)
    const log = createLogger('silent')
    const bus = new PostgresBus(database.knex, database.connection, log)
    await bus.start()
    blocklist = new Blocklist({
      models,
      bus,
      connection: database.connection,
      dataDir: '/nowhere',
      log,
      trustedProxies: [requireNetwork(PROXY)],
    })
    await blocklist.start()
    stop = () => Promise.all([blocklist.stop(), bus.stop()])
  })
  after(() => stop())
  beforeEach(async () => {
    await database.clean()
    await database.knex.raw(`insert into revisions (name, value) values ('blocklist', 1000)
                                 on conflict (name) do update set value = revisions.value + 1000`)
    await blocklist.changed()
  })

  const judged = (address: string, reasons: Reason[], risk = 0.95): Judgement => {
    const hour = new HourInMemory([])
    hour.add(visit({ address, timestamp: HOUR.getTime() }))
    return { tally: hour.tallies()[0]!, risk, severity: 'high', reasons, flagged: true }
  }
  const enforce = async (
    flagged: Judgement[],
    { hour = HOUR, autoblock = 'rules' as 'off' | 'rules', autoblockPerHour = 50 } = {},
  ) => {
    const warnings: string[] = []
    const log = { info: () => {}, warn: (_: object, text: string) => warnings.push(text) }
    const settings = { autoblock, autoblockPerHour }
    const saved = await saveFindings(database.knex, hour, flagged)
    const parts = { knex: database.knex, blocklist, settings, log: log as never }
    return { blocked: await new Autoblock(parts).enforce(hour, flagged, saved), warnings }
  }
  const finding = (address = ATTACKER) =>
    models.SuspiciousIP.query().findOne('ip_address', address).throwIfNotFound()

  it('are off unless somebody turns them on', async () => {
    expect(await enforce([judged(ATTACKER, [RULE])], { autoblock: 'off' })).to.include({
      blocked: 0,
    })
    expect(await models.BlockedIP.query()).to.deep.equal([])
  })

  it('are for members of a campaign of high severity, each too little to be sure of alone', async () => {
    const member = (address: string, weight: number): Judgement => {
      const reasons: Reason[] = [{ text: 'one of 60 addresses', kind: 'campaign', weight }]
      return { ...judged(address, reasons, 0.76), severity: 'medium' }
    }
    const sure = member(ATTACKER, 0.8)
    expect(await enforce([sure, member('203.0.113.67', 0.6)])).to.include({ blocked: 1 })
    expect(await finding()).to.include({ status: 'blocked' })
  })

  it('are for a while, and say in the audit log for which finding and why', async () => {
    expect(await enforce([judged(ATTACKER, [RULE, LEARNED])])).to.include({ blocked: 1 })
    const [block] = await models.BlockedIP.query()
    expect(block).to.include({ ipAddress: ATTACKER, source: 'detection', blockedBy: 'portcullis' })
    expect(block!.expiresAt!.getTime()).to.be.closeTo(Date.now() + 4 * 3_600_000, 60_000)
    expect(blocklist.find(ATTACKER as never)).not.to.equal(undefined)

    const { id, status, reviewedBy, blockId } = await finding()
    expect({ status, reviewedBy, blockId }).to.deep.equal({
      status: 'blocked',
      reviewedBy: 'portcullis',
      blockId: block!.id,
    })
    const [entry] = await models.AuditEntry.query().where({ action: 'block.create' })
    expect(entry!.details).to.deep.include({ source: 'detection' })
    expect(entry!.details.finding).to.deep.equal({
      id,
      window: HOUR.toISOString(),
      reasons: [RULE.text, LEARNED.text],
    })
  })

  it('are never for a learned score alone, nor for less than high severity', async () => {
    const weak: Reason = { ...RULE, weight: 0.6 }
    const medium: Judgement = { ...judged('203.0.113.68', [RULE]), severity: 'medium' }
    const flagged = [judged(ATTACKER, [LEARNED]), judged('203.0.113.67', [LEARNED, weak]), medium]
    expect(await enforce(flagged)).to.include({ blocked: 0 })
  })

  it('are never for allowed networks, trusted proxies, and long past hours', async () => {
    await blocklist.allow({ network: requireNetwork(ATTACKER), reason: 'ours', by: 'test' })
    expect(await enforce([judged(ATTACKER, [RULE]), judged(PROXY, [RULE])])).to.include({
      blocked: 0,
    })
    const hour = new Date(HOUR.getTime() - 3 * 3_600_000)
    expect(await enforce([judged('203.0.113.67', [RULE])], { hour })).to.include({ blocked: 0 })
    expect((await finding('203.0.113.67')).status).to.equal('open')
  })

  it('respect a person: who dismissed it lately, or unblocked it in this hour', async () => {
    const earlier = new Date(HOUR.getTime() - 24 * 3_600_000)
    await saveFindings(database.knex, earlier, [judged(ATTACKER, [RULE])])
    await models.SuspiciousIP.query().patch({ status: 'dismissed', reviewedAt: new Date() })
    expect(await enforce([judged(ATTACKER, [RULE])])).to.include({ blocked: 0 })

    const other = judged('203.0.113.67', [RULE])
    expect(await enforce([other])).to.include({ blocked: 1 })
    await blocklist.unblock({ network: requireNetwork('203.0.113.67'), by: 'test' })
    await models.SuspiciousIP.query().patch({ status: 'open' })
    expect(await enforce([other])).to.include({ blocked: 0 })
  })

  it('go on being renewed as findings, and are not given twice', async () => {
    await enforce([judged(ATTACKER, [RULE])])
    const more: Reason = { ...RULE, text: 'asked for /.env 80 times' }
    expect(await enforce([judged(ATTACKER, [more])])).to.include({ blocked: 0 })
    expect(await finding()).to.include({ status: 'blocked', reason: more.text })
    expect(await models.AuditEntry.query().where({ action: 'block.create' })).to.have.length(1)
  })

  it('are no more in an hour than the limit, the worst first, and say so', async () => {
    const many = [1, 2, 3, 4].map((n) => judged(`203.0.113.${100 + n}`, [RULE], 0.9 + n / 100))
    const first = await enforce(many, { autoblockPerHour: 3 })
    expect(first.blocked).to.equal(3)
    expect(first.warnings).to.have.length(1)
    expect((await finding('203.0.113.101')).status).to.equal('open')
    expect(await enforce(many, { autoblockPerHour: 3 })).to.include({ blocked: 0 })
  })
})
