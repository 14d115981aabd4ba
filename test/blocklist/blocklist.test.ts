import os from 'node:os'
import { expect } from 'chai'
import { bindModels, type Models } from '../../models'
import { Blocklist } from '../../src/blocklist/blocklist'
import { BlockRefused } from '../../src/blocklist/guards'
import type { BlockOrder } from '../../src/blocklist/orders'
import { requireAddress } from '../../src/net/address'
import { requireNetwork } from '../../src/net/network'
import { PostgresBus } from '../../src/platform/bus'
import { connect } from '../../src/platform/database'
import { createLogger } from '../../src/platform/logger'
import { openRedis, type RedisConnection } from '../../src/platform/redis'
import { type TestDatabase, testDatabase } from '../support/database'
import { eventually } from '../support/eventually'
import { sharedRedis } from '../support/redis'

const log = createLogger('silent')

describe('Blocklist', () => {
  let database: TestDatabase
  let models: Models
  const stops: (() => Promise<void>)[] = []

  before(async () => {
    database = await testDatabase()
    models = bindModels(database.knex)
  })
  beforeEach(() => database.clean())
  after(() => database?.clean())
  afterEach(async () => {
    for (const stop of stops.splice(0).reverse()) await stop()
  })

  it('enforces an order as soon as its promise resolves, and no longer than it says', async () => {
    const blocklist = await start()
    const end = Date.now() + 60_000
    const block = await blocklist.block(order('198.51.100.7', { expiresAt: new Date(end) }))

    expect(block).to.include({ ipAddress: '198.51.100.7', reason: 'a test', blockedBy: 'ada' })
    expect(find(blocklist, '198.51.100.7')?.reason).to.equal('a test')
    expect(blocklist.find(requireAddress('198.51.100.7'), end - 1)).to.not.equal(undefined)
    expect(blocklist.find(requireAddress('198.51.100.7'), end)).to.equal(undefined)
  })

  it('gives a network that is blocked again its new reason and end', async () => {
    const blocklist = await start()
    const first = await blocklist.block(order('192.0.2.0/24'))
    const end = new Date(Date.now() + 1_000)
    const again = await blocklist.block(order('192.0.2.0/24', { reason: 'b', expiresAt: end }))

    expect(again).to.deep.include({ id: first.id, reason: 'b', expiresAt: end })
    expect(await models.BlockedIP.query().resultSize()).to.equal(1)
  })

  it('does not let the detection change the block of a person that is in force', async () => {
    const blocklist = await start()
    await blocklist.block(order('192.0.2.1'))
    const end = new Date(Date.now() + 1_000)
    const kept = await blocklist.block(
      order('192.0.2.1', { source: 'detection', reason: 'x', expiresAt: end }),
    )
    expect(kept).to.include({ source: 'person', reason: 'a test', expiresAt: null })

    await database.knex('blocked_ips').update({ expires_at: new Date(0) })
    const replaced = await blocklist.block(order('192.0.2.1', { source: 'detection', reason: 'x' }))
    expect(replaced).to.include({ source: 'detection', reason: 'x' })
  })

  it('ends a block, and says when there was none', async () => {
    const blocklist = await start()
    await blocklist.block(order('192.0.2.0/24'))

    expect(await blocklist.unblock(given('192.0.2.1'))).to.equal(undefined)
    expect((await blocklist.unblock(given('192.0.2.0/24')))?.ipAddress).to.equal('192.0.2.0/24')
    expect(find(blocklist, '192.0.2.1')).to.equal(undefined)
  })

  it('lets allowed networks win, until they are no longer allowed', async () => {
    const blocklist = await start()
    await blocklist.block(order('192.0.2.0/24'))
    await blocklist.allow({ ...given('192.0.2.1'), reason: 'the office' })

    expect(find(blocklist, '192.0.2.1')).to.equal(undefined)
    expect(blocklist.isAllowed(requireAddress('192.0.2.1'))).to.equal(true)
    expect(find(blocklist, '192.0.2.2')).to.not.equal(undefined)

    await blocklist.disallow(given('192.0.2.1'))
    expect(find(blocklist, '192.0.2.1')).to.not.equal(undefined)
  })

  it('asks the guards, unless it is forced', async () => {
    const blocklist = await start()
    const risky = order('127.0.0.1')
    const refusal = await blocklist.block(risky).catch((error: unknown) => error)

    expect(refusal).to.be.instanceOf(BlockRefused).with.property('message').that.includes('--force')
    expect(await models.BlockedIP.query().resultSize()).to.equal(0)

    await blocklist.block({ ...risky, force: true })
    expect(find(blocklist, '127.0.0.1')).to.not.equal(undefined)
  })

  it('keeps who did what, when and from where', async () => {
    const blocklist = await start()
    const from = requireAddress('203.0.113.5')
    await blocklist.block(order('192.0.2.1', { from }))
    await blocklist.unblock(given('192.0.2.1'))

    const [first, second] = await models.AuditEntry.query().orderBy('id')
    expect(first).to.include({ actor: 'ada', action: 'block.create', subject: '192.0.2.1' })
    expect(first).to.include({ ipAddress: '203.0.113.5' })
    expect(first?.details).to.include({ reason: 'a test', source: 'person', forced: false })
    expect(second).to.include({ action: 'block.delete', ipAddress: null })
  })

  it('follows other instances, scripts and plain SQL within a second', async () => {
    const [one, other] = [await start(), await start()]
    await one.block(order('192.0.2.1'))
    await eventually('the other knows', () => find(other, '192.0.2.1') !== undefined, 1_000)

    await database.knex.raw(
      `insert into blocked_ips (ip_address, reason, source, blocked_by)
       values ('::ffff:198.51.100.0/120', 'sql', 'person', 'psql')`,
    )
    await eventually(
      'both know',
      () => {
        return [one, other].every((list) => find(list, '198.51.100.9')?.reason === 'sql')
      },
      1_000,
    )
    expect(find(one, '198.51.100.9')?.ipAddress).to.equal('198.51.100.0/24')
  })

  it('takes changes over by its timer when no notice arrives', async () => {
    const blocklist = await start({ deaf: true })
    await database.knex('blocked_ips').insert({
      ip_address: '192.0.2.1',
      reason: 'x',
      source: 'person',
      blocked_by: 'psql',
    })
    await eventually('the timer looks', () => find(blocklist, '192.0.2.1') !== undefined, 6_000)
  })

  it('keeps the last snapshot while the database is away', async () => {
    const knex = connect(database.connection, { max: 2 })
    const blocklist = await start({ deaf: true, knex })
    await blocklist.block(order('192.0.2.1'))

    await knex.destroy()
    await blocklist.unblock(given('192.0.2.1')) // Heard by nobody: this instance cannot look.
    expect(find(blocklist, '192.0.2.1')).to.not.equal(undefined)
  })

  it('starts with what Redis remembers when the database is away', async function () {
    const redis = openRedis((await sharedRedis(this)).url, log)
    stops.push(async () => redis.close())
    await eventually('redis is there', () => redis.up)
    const soon = new Date(Date.now() + 60_000)
    const first = await start({ redis })
    await database.knex.raw(
      `insert into blocked_ips (ip_address, reason, source, blocked_by)
       select '10.0.0.0'::inet + i, 'many', 'import', 'x' from generate_series(0, 4999) i`,
    )
    await first.block(order('192.0.2.0/24', { expiresAt: soon }))
    await first.allow({ ...given('192.0.2.1'), reason: 'the office' })
    await eventually('it is written', async () => {
      return (await redis.run((redis) => redis.get('blocklist')))?.includes('192.0.2.1') === true
    })

    const knex = connect(database.connection, { max: 2 })
    await knex.destroy()
    const second = await start({ redis, knex, deaf: true })
    expect(second.state.from).to.equal('redis')
    expect(find(second, '192.0.2.2')?.expiresAt).to.deep.equal(soon)
    expect(find(second, '192.0.2.1')).to.equal(undefined)
    expect(find(second, '10.0.19.135')?.reason).to.equal('many')
    expect(find(second, '10.0.19.136')).to.equal(undefined)
  })

  it('starts empty when no list is known, and says so', async () => {
    const knex = connect(database.connection, { max: 2 })
    await knex.destroy()
    const blocklist = await start({ knex, deaf: true })
    expect(blocklist.size).to.equal(0)
    expect(blocklist.state).to.deep.equal({ from: 'nowhere' })
  })

  interface Options {
    redis?: RedisConnection
    knex?: TestDatabase['knex']
    /** Hears no notices. */
    deaf?: boolean
  }

  async function start({ redis, knex = database.knex, deaf }: Options = {}): Promise<Blocklist> {
    const bus = new PostgresBus(database.knex, database.connection, log)
    if (!deaf) await bus.start()
    stops.push(() => bus.stop())
    const { connection } = database
    const blocklist = new Blocklist({
      knex,
      models,
      bus,
      connection,
      dataDir: os.tmpdir(),
      redis,
      log,
      trustedProxies: [],
    })
    stops.push(() => blocklist.stop())
    await blocklist.start()
    return blocklist
  }
})

function find(blocklist: Blocklist, address: string) {
  return blocklist.find(requireAddress(address))
}

function given(network: string) {
  return { network: requireNetwork(network), by: 'ada' }
}

function order(network: string, options: Partial<BlockOrder> = {}): BlockOrder {
  return { ...given(network), reason: 'a test', source: 'person', expiresAt: null, ...options }
}
