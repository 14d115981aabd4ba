import { expect } from 'chai'
import { bindModels, type Models } from '../../models'
import { settleEnded } from '../../src/blocklist/ended'
import { BlockRefused } from '../../src/blocklist/guards'
import { type BlockOrder, Orders } from '../../src/blocklist/orders'
import { requireAddress } from '../../src/net/address'
import { requireNetwork } from '../../src/net/network'
import { type TestDatabase, testDatabase } from '../support/database'

const HOUR_MS = 3_600_000
const STEPS = [4, 24, 168].map((hours) => hours * HOUR_MS)

describe('orders to the blocklist', () => {
  let database: TestDatabase
  let models: Models
  let orders: Orders

  before(async () => {
    database = await testDatabase()
    models = bindModels(database.knex)
    orders = new Orders(models, [], STEPS)
  })
  beforeEach(() => database.clean())
  after(() => database?.clean())

  it('leave a history: block, change, end and unblock', async () => {
    await block({ reason: 'first' })
    await block({ reason: 'second', expiresAt: new Date(Date.now() + HOUR_MS) })
    await over()
    await block({ reason: 'third' })
    await orders.unblock({ network: requireNetwork('192.0.2.7'), by: 'bob' })

    const history = await models.AuditEntry.query().orderBy('id')
    expect(history.map(({ actor, action }) => `${actor} ${action}`)).to.deep.equal([
      'ann block.create',
      'ann block.change',
      'portcullis block.expire',
      'ann block.create',
      'bob block.delete',
    ])
    expect(new Set(history.map(({ subject }) => subject))).to.deep.equal(new Set(['192.0.2.7']))
    const before = { reason: 'first', source: 'person', sourceName: null, expiresAt: null }
    expect(history[1]?.details).to.deep.include({ reason: 'second', before })
    expect(history[2]?.details).to.include({ reason: 'second', blockedBy: 'ann' })
  })

  it('say in the history that they were forced, and what that overruled', async () => {
    const from = requireAddress('192.0.2.7')
    expect(await refusal(block({ from }))).to.include({ guard: 'own-address' })
    expect(await models.BlockedIP.query()).to.deep.equal([])

    await block({ from, force: true })
    const entry = await models.AuditEntry.query().first()
    expect(entry).to.include({ ipAddress: '192.0.2.7' })
    expect(entry?.details).to.include({ forced: true })
    expect(entry?.details.overruled).to.include('the address you are coming from')

    await block({ force: true })
    const last = await models.AuditEntry.query().orderBy('id', 'desc').first()
    expect(last?.details).to.include({ forced: false }).and.not.have.property('overruled')
  })

  it('are the longer, the more blocks of the network have come to their end', async () => {
    for (const hours of [4, 24, 168, 168]) {
      const { expiresAt } = await block({ expiresAt: 'escalate' })
      expect(expiresAt?.getTime()).to.be.closeTo(Date.now() + hours * HOUR_MS, 60_000)
      await over()
      expect(await settleEnded(database.knex, models)).to.equal(1)
    }
    const other = await block({ expiresAt: 'escalate', network: requireNetwork('192.0.2.8') })
    expect(other.expiresAt?.getTime()).to.be.closeTo(Date.now() + 4 * HOUR_MS, 60_000)
  })

  it('count a block that has just ended, and none that a person lifted', async () => {
    await block({ expiresAt: 'escalate' })
    await orders.unblock({ network: requireNetwork('192.0.2.7'), by: 'bob' })
    const second = await block({ expiresAt: 'escalate' })
    expect(second.expiresAt?.getTime()).to.be.closeTo(Date.now() + 4 * HOUR_MS, 60_000)

    await over()
    const third = await block({ expiresAt: 'escalate' })
    expect(third.expiresAt?.getTime()).to.be.closeTo(Date.now() + 24 * HOUR_MS, 60_000)
  })

  it("leave a person's block to persons", async () => {
    await block({ reason: 'by hand' })
    await block({ reason: 'found', source: 'detection', by: 'detection' })
    expect(await models.BlockedIP.query()).to.have.length(1)
    expect(await models.BlockedIP.query().first()).to.include({ reason: 'by hand' })
    expect(await models.AuditEntry.query().resultSize()).to.equal(1)
  })

  it('find nothing to unblock in a block that is over', async () => {
    await block({})
    await over()
    const network = requireNetwork('192.0.2.7')
    expect(await orders.unblock({ network, by: 'bob' })).to.equal(undefined)
    expect(await models.BlockedIP.query()).to.deep.equal([])
  })

  it('hold when many are given at once', async () => {
    await Promise.all(Array.from({ length: 20 }, (_, i) => block({ reason: `${i}` })))
    expect(await models.BlockedIP.query()).to.have.length(1)
    const actions = await models.AuditEntry.query().orderBy('id')
    expect(actions[0]).to.include({ action: 'block.create' })
    expect(actions.slice(1).every(({ action }) => action === 'block.change')).to.equal(true)
  })

  describe('that end', () => {
    it('become history when they are over, and not before', async () => {
      const soon = requireNetwork('192.0.2.9')
      await block({ expiresAt: new Date(Date.now() - 1) })
      await block({ network: soon, expiresAt: new Date(Date.now() + 60_000) })
      expect(await settleEnded(database.knex, models)).to.equal(1)
      expect(await settleEnded(database.knex, models)).to.equal(0)
      expect(await models.BlockedIP.query()).to.have.length(1)
      const ended = await models.AuditEntry.query().where('action', 'block.expire')
      expect(ended.map(({ subject }) => subject)).to.deep.equal(['192.0.2.7'])
    })

    it('of lists go together, two hours later', async () => {
      const row = { source: 'import', source_name: 'x', reason: 'x', blocked_by: 'x' }
      const ended = (minutes: number) => new Date(Date.now() - minutes * 60_000)
      await database.knex('blocked_ips').insert([
        { ...row, ip_address: '192.0.2.1', expires_at: ended(110) },
        { ...row, ip_address: '192.0.2.2', expires_at: ended(-110) },
      ])
      expect(await settleEnded(database.knex, models)).to.equal(0)
      await database
        .knex('blocked_ips')
        .insert({ ...row, ip_address: '192.0.2.3', expires_at: ended(130) })
      expect(await settleEnded(database.knex, models)).to.equal(2)
      expect(await models.BlockedIP.query()).to.have.length(1)
      expect(await models.AuditEntry.query()).to.deep.equal([])
    })

    it('are noted once, however many instances look', async () => {
      for (let i = 0; i < 50; i++) {
        await block({
          network: requireNetwork(`192.0.2.${i}`),
          expiresAt: new Date(Date.now() - 1),
        })
      }
      await Promise.all(Array.from({ length: 4 }, () => settleEnded(database.knex, models)))
      expect(await models.AuditEntry.query().where('action', 'block.expire')).to.have.length(50)
    })
  })

  function block(changes: Partial<BlockOrder>) {
    const network = requireNetwork('192.0.2.7')
    return orders.block({
      network,
      reason: 'x',
      source: 'person',
      by: 'ann',
      expiresAt: null,
      ...changes,
    })
  }

  async function over(): Promise<void> {
    await database.knex('blocked_ips').update({ expires_at: new Date(Date.now() - 1) })
  }

  function refusal(order: Promise<unknown>): Promise<BlockRefused> {
    return order.then(
      () => {
        throw new Error('was not refused')
      },
      (error: unknown) => {
        expect(error).to.be.instanceOf(BlockRefused)
        return error as BlockRefused
      },
    )
  }
})
