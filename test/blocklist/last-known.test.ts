import { existsSync } from 'node:fs'
import { mkdtemp, readdir, readFile, rm, stat, writeFile } from 'node:fs/promises'
import os from 'node:os'
import path from 'node:path'
import { Writable } from 'node:stream'
import { expect } from 'chai'
import { bindModels, type Models } from '../../models'
import { Blocklist } from '../../src/blocklist/blocklist'
import { pack, readHead, unpack } from '../../src/blocklist/packed'
import { type Block, Snapshot } from '../../src/blocklist/snapshot'
import { requireAddress } from '../../src/net/address'
import { requireNetwork } from '../../src/net/network'
import type { DatabaseConnection } from '../../src/platform/database'
import { createLogger } from '../../src/platform/logger'
import { openRedis, type RedisConnection } from '../../src/platform/redis'
import { type TestDatabase, testDatabase } from '../support/database'
import { eventually } from '../support/eventually'
import { freePort } from '../support/port'
import { aroundDatabase, startProxy } from '../support/proxy'
import { sharedRedis } from '../support/redis'

const FILE = 'blocklist.snapshot'

describe('the last known blocklist', () => {
  let database: TestDatabase
  let models: Models
  let away: DatabaseConnection
  let dataDir: string
  let said: string
  const stops: (() => unknown)[] = []

  before(async () => {
    database = await testDatabase()
    models = bindModels(database.knex)
  })
  beforeEach(async () => {
    await database.clean()
    away = aroundDatabase(database.connection).through(await freePort())
    dataDir = await mkdtemp(path.join(os.tmpdir(), 'portcullis-known-'))
    stops.push(() => rm(dataDir, { recursive: true }))
    said = ''
  })
  after(() => database?.clean())
  afterEach(async () => {
    for (const stop of stops.splice(0).reverse()) await stop()
  })

  it('is in force at once when the database is away, from disk', async () => {
    const end = Date.now() + 60_000
    const first = await start(database.connection)
    await database.knex.raw(
      `insert into blocked_ips (ip_address, reason, source, blocked_by)
       select '10.0.0.0'::inet + 2 * i, 'grund ' || i % 7, 'import', 'x' from generate_series(0, 4999) i`,
    )
    await first.block({ ...order('192.0.2.0/24'), expiresAt: new Date(end) })
    await first.block(order('2001:db8::/32'))
    await first.allow({ ...order('192.0.2.1'), reason: 'the office' })
    await first.stop()

    const startedAt = performance.now()
    const second = await start(away)
    expect(performance.now() - startedAt).to.be.lessThan(2_500)
    expect(second.state.from).to.equal('disk')
    expect(Date.now() - second.state.asOf!).to.be.within(0, 60_000)
    expect(said).to.include('the last known list is in force')
    expect([...second.blocks()].map(text)).to.deep.equal([...first.blocks()].map(text))
    expect([...second.allowed()]).to.deep.equal(['192.0.2.1'])
    expect(find(second, '192.0.2.2')?.expiresAt?.getTime()).to.equal(end)
    expect(second.find(requireAddress('192.0.2.2'), end)).to.equal(undefined)
    expect(find(second, '192.0.2.1')).to.equal(undefined)
    expect(find(second, '10.0.0.8')?.reason).to.equal('grund 4')
    expect(find(second, '10.0.0.9')).to.equal(undefined)
  })

  it('is written soon after a change, whole, and for nobody else to read', async () => {
    const blocklist = await start(database.connection)
    await blocklist.block(order('192.0.2.7'))
    await eventually('it is written', async () => {
      const bytes = await readFile(path.join(dataDir, FILE)).catch(() => undefined)
      return (
        bytes !== undefined &&
        unpack(bytes).snapshot.find(requireAddress('192.0.2.7'), 0) !== undefined
      )
    })
    expect((await stat(path.join(dataDir, FILE))).mode & 0o777).to.equal(0o600)
    expect(await readdir(dataDir)).to.deep.equal([FILE])
  })

  it('makes the folder for its data when there is none yet', async () => {
    await rm(dataDir, { recursive: true })
    const blocklist = await start(database.connection)
    await blocklist.block(order('192.0.2.7'))
    await eventually('it is written', () => existsSync(path.join(dataDir, FILE)))
    expect((await stat(dataDir)).mode & 0o777).to.equal(0o700)
    expect(said).to.not.include('ENOENT')
  })

  it('gives way to the database as soon as it is there', async () => {
    await write(block('192.0.2.1'), block('192.0.2.2'))
    const { target, through } = aroundDatabase(database.connection)
    const port = await freePort()
    const blocklist = await start(through(port))
    expect(find(blocklist, '192.0.2.1')).to.not.equal(undefined)

    await database.knex('blocked_ips').insert(row('192.0.2.2'))
    const proxy = await startProxy(target, port)
    stops.push(() => proxy.stop())
    await eventually('the database is followed', () => blocklist.state.from === 'database')
    expect(find(blocklist, '192.0.2.1')).to.equal(undefined)
    expect(find(blocklist, '192.0.2.2')?.reason).to.equal('x')
  })

  it('is not waited for: a frozen database delays a start by two seconds at most', async () => {
    await write(block('192.0.2.1'))
    const { target, through } = aroundDatabase(database.connection)
    const proxy = await startProxy(target)
    stops.push(() => proxy.stop())
    const freeze = setInterval(() => proxy.stall(), 1)
    stops.push(() => clearInterval(freeze))

    const startedAt = performance.now()
    const blocklist = await start(through(proxy.port))
    expect(performance.now() - startedAt).to.be.lessThan(4_000)
    expect(find(blocklist, '192.0.2.1')).to.not.equal(undefined)
  })

  it('may be lost: then the list is empty, and the log says so aloud', async () => {
    const blocklist = await start(away)
    expect(blocklist.size).to.equal(0)
    expect(blocklist.state).to.deep.equal({ from: 'nowhere' })
    expect(said).to.include('NOBODY IS REFUSED')
  })

  it('is ignored when the file is torn, empty, foreign or of another version', async () => {
    const bytes = Buffer.concat([...pack(known(block('192.0.2.1')))])
    const flipped = Buffer.from(bytes)
    flipped[bytes.length - 20]! ^= 1
    const newer = Buffer.from(bytes)
    newer.writeUInt32LE(99, 4)
    const foreign = Buffer.from('{"items":[]}'.repeat(100))
    for (const content of [bytes.subarray(0, -1), Buffer.alloc(0), foreign, newer, flipped]) {
      said = ''
      await writeFile(path.join(dataDir, FILE), content)
      const blocklist = await start(away)
      expect(blocklist.state.from).to.equal('nowhere')
      expect(said).to.include('the kept snapshot cannot be used')
      expect(said).to.include('NOBODY IS REFUSED')
    }
  })

  it('is in Redis as well, for an instance on another machine', async function () {
    const redis = await openShared(this)
    const first = await start(database.connection, { redis, folder: await otherFolder() })
    await database.knex.raw(
      `insert into blocked_ips (ip_address, reason, source, blocked_by)
       select '10.0.0.0'::inet + 2 * i, 'many', 'import', 'x' from generate_series(0, 19998) i`,
    )
    await first.block(order('192.0.2.0/24'))
    await first.stop()

    const second = await start(away, { redis, folder: await otherFolder() })
    expect(second.state.from).to.equal('redis')
    expect(find(second, '192.0.2.2')?.reason).to.equal('a test')
    expect(find(second, '10.0.156.60')?.reason).to.equal('many')
    expect(find(second, '10.0.156.61')).to.equal(undefined)
    expect((await redis.run((redis) => redis.keys('*blocklist*'))).length).to.equal(1)
  })

  it('is the newer of the two, and one that is torn leaves the other', async function () {
    const redis = await openShared(this)
    await redis.run((redis) => {
      return redis.set('blocklist:snapshot', Buffer.concat([...pack(known(block('192.0.2.1')))]))
    })
    await write(block('192.0.2.2'))
    expect((await start(away, { redis })).state.from).to.equal('disk')

    await writeFile(path.join(dataDir, FILE), 'torn')
    const blocklist = await start(away, { redis })
    expect(blocklist.state.from).to.equal('redis')
    expect(find(blocklist, '192.0.2.1')).to.not.equal(undefined)
  })

  it('says in its head of what revision it is, and when it was true', () => {
    const { revision, asOf } = known()
    const head = Buffer.concat([...pack({ ...known(), revision: 7 })])
    expect(readHead(head)).to.include({ revision: 7 })
    expect(readHead(head)?.asOf).to.be.closeTo(asOf, 1_000)
    expect(revision).to.equal(1)
    expect(readHead(Buffer.alloc(31))).to.equal(undefined)
  })

  async function start(
    connection: DatabaseConnection,
    { redis, folder = dataDir }: { redis?: RedisConnection; folder?: string } = {},
  ): Promise<Blocklist> {
    const log = createLogger(
      'info',
      new Writable({
        write(chunk, _encoding, done) {
          said += chunk
          done()
        },
      }),
    )
    const bus = { subscribe() {}, async publish() {} }
    const trustedProxies: [] = []
    const parts = { models, connection, bus, log, trustedProxies, dataDir: folder, redis }
    const blocklist = new Blocklist(parts)
    stops.push(() => blocklist.stop())
    await blocklist.start()
    return blocklist
  }

  async function write(...blocks: Block[]): Promise<void> {
    await writeFile(path.join(dataDir, FILE), Buffer.concat([...pack(known(...blocks))]))
  }

  async function openShared(hook: Mocha.Context): Promise<RedisConnection> {
    const redis = openRedis((await sharedRedis(hook)).url, createLogger('silent'))
    stops.push(() => redis.close())
    await eventually('redis is there', () => redis.up)
    await redis.run((redis) => redis.del('blocklist:snapshot'))
    return redis
  }

  async function otherFolder(): Promise<string> {
    const folder = await mkdtemp(path.join(os.tmpdir(), 'portcullis-other-'))
    stops.push(() => rm(folder, { recursive: true }))
    return folder
  }
})

function find(blocklist: Blocklist, address: string) {
  return blocklist.find(requireAddress(address))
}

function text(block: Block): string {
  return JSON.stringify(block)
}

function known(...blocks: Block[]) {
  return { snapshot: Snapshot.of(blocks, []), revision: 1, asOf: Date.now() }
}

function block(network: string): Block {
  const ipAddress = requireNetwork(network)
  return { ipAddress, reason: 'kept', source: 'person', sourceName: null, expiresAt: null }
}

function order(network: string) {
  const given = { network: requireNetwork(network), by: 'ada', reason: 'a test' }
  return { ...given, source: 'person' as const, expiresAt: null }
}

function row(network: string): object {
  return { ip_address: network, reason: 'x', source: 'person', blocked_by: 'psql' }
}
