import { mkdtemp, rm } from 'node:fs/promises'
import os from 'node:os'
import path from 'node:path'
import { expect } from 'chai'
import type { Knex } from 'knex'
import { bindModels, type Models } from '../../models'
import { Blocklist } from '../../src/blocklist/blocklist'
import { BlockRefused } from '../../src/blocklist/guards'
import type { BlockOrder } from '../../src/blocklist/orders'
import { requireAddress } from '../../src/net/address'
import { requireNetwork } from '../../src/net/network'
import { PostgresBus } from '../../src/platform/bus'
import type { DatabaseConnection } from '../../src/platform/database'
import { createLogger } from '../../src/platform/logger'
import { type TestDatabase, testDatabase } from '../support/database'
import { eventually } from '../support/eventually'
import { aroundDatabase, startProxy } from '../support/proxy'

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
    await database.knex('blocked_ips').insert(row('192.0.2.1'))
    await eventually('the timer looks', () => find(blocklist, '192.0.2.1') !== undefined, 6_000)
  })

  it('keeps its list while the database is away, and follows up when it is back', async () => {
    const { target, through } = aroundDatabase(database.connection)
    const proxy = await startProxy(target)
    const blocklist = await start({ connection: through(proxy.port), deaf: true })
    await blocklist.block(order('192.0.2.1'))

    await proxy.stop()
    await blocklist.unblock(given('192.0.2.1')) // Heard by nobody: this instance cannot look.
    expect(find(blocklist, '192.0.2.1')).to.not.equal(undefined)

    const again = await startProxy(target, proxy.port)
    stops.unshift(() => again.stop())
    await eventually('it follows', () => find(blocklist, '192.0.2.1') === undefined)
  })

  it('takes over an import of any size, and what changes while it is loaded', async () => {
    const [one, other] = [await start(), await start()]
    await one.block(order('203.0.113.0/24'))
    const imported = insertMany(60_000)
    const orders = Array.from({ length: 20 }, (_, i) => one.block(order(`192.0.2.${i}`)))
    for (const block of await Promise.all(orders)) {
      expect(find(one, block.ipAddress)?.reason, block.ipAddress).to.equal('a test')
    }
    await imported
    await one.unblock(given('203.0.113.0/24'))
    expect(find(one, '203.0.113.1')).to.equal(undefined)

    for (const blocklist of [one, other]) {
      await eventually('all of it is there', () => blocklist.size === 60_020, 30_000)
      expect(find(blocklist, '10.0.234.95')?.reason).to.equal('many')
      expect(find(blocklist, '192.0.2.19')?.reason).to.equal('a test')
      expect(find(blocklist, '203.0.113.1')).to.equal(undefined)
    }
    await database.knex.raw('truncate blocked_ips')
    for (const blocklist of [one, other]) {
      await eventually('all of it is gone', () => blocklist.size === 0, 30_000)
    }
  })

  it('does not lose an order that is hidden behind an import', async () => {
    const blocklist = await start({ deaf: true })
    await database.knex.transaction(async (trx) => {
      await insertMany(5_000, trx)
      await trx('blocked_ips').insert(row('192.0.2.1'))
      await trx.raw("update blocked_ips set reason = 'again' where ip_address << '10.0.0.0/8'")
    })
    await blocklist.block(order('192.0.2.2'))
    expect(blocklist.size).to.equal(5_002)
    expect(find(blocklist, '192.0.2.1')).to.not.equal(undefined)
    expect(find(blocklist, '10.0.0.9')?.reason).to.equal('again')
  })

  it('notices that the database is another one, with a lower revision', async () => {
    const blocklist = await start({ deaf: true })
    await blocklist.block(order('192.0.2.1'))
    await database.clean()
    await database.knex('revisions').update({ value: 0 })
    await blocklist.block(order('192.0.2.2'))

    expect(find(blocklist, '192.0.2.1')).to.equal(undefined)
    expect(find(blocklist, '192.0.2.2')).to.not.equal(undefined)
  })

  interface Options {
    connection?: DatabaseConnection
    /** Hears no notices. */
    deaf?: boolean
  }

  async function start({ connection, deaf }: Options = {}): Promise<Blocklist> {
    const bus = new PostgresBus(database.knex, database.connection, log)
    if (!deaf) await bus.start()
    stops.push(() => bus.stop())
    const dataDir = await mkdtemp(path.join(os.tmpdir(), 'portcullis-blocklist-'))
    stops.push(() => rm(dataDir, { recursive: true }))
    const blocklist = new Blocklist({
      models,
      bus,
      connection: connection ?? database.connection,
      dataDir,
      log,
      trustedProxies: [],
    })
    stops.push(() => blocklist.stop())
    await blocklist.start()
    return blocklist
  }

  async function insertMany(count: number, knex: Knex = database.knex): Promise<void> {
    await knex.raw(
      `insert into blocked_ips (ip_address, reason, source, blocked_by)
       select '10.0.0.0'::inet + i, 'many', 'import', 'x' from generate_series(0, ? - 1) i`,
      [count],
    )
  }
})

function row(network: string): object {
  return { ip_address: network, reason: 'x', source: 'person', blocked_by: 'psql' }
}

function find(blocklist: Blocklist, address: string) {
  return blocklist.find(requireAddress(address))
}

function given(network: string) {
  return { network: requireNetwork(network), by: 'ada' }
}

function order(network: string, options: Partial<BlockOrder> = {}): BlockOrder {
  return { ...given(network), reason: 'a test', source: 'person', expiresAt: null, ...options }
}
