import { randomUUID } from 'node:crypto'
import fs from 'node:fs'
import path from 'node:path'
import { setTimeout as sleep } from 'node:timers/promises'
import { expect } from 'chai'
import { Client } from 'pg'
import { requireAddress } from '../../src/net/address'
import type { DatabaseConnection } from '../../src/platform/database'
import type { RequestLog, RequestLogOptions } from '../../src/request-log/request-log'
import { type TestDatabase, testDatabase } from '../support/database'
import { eventually } from '../support/eventually'
import { startProxy } from '../support/proxy'
import { lineOf, seen, startRequestLog, testFolder } from '../support/request-log'

/** Where nobody listens. */
const NOWHERE = 'postgres://postgres@127.0.0.1:1/postgres'

describe('the request log', () => {
  let database: TestDatabase
  let folder: ReturnType<typeof testFolder>
  const started: RequestLog[] = []

  before(async () => {
    database = await testDatabase()
  })

  beforeEach(async () => {
    await database.clean()
    folder = testFolder()
  })

  afterEach(async () => {
    await Promise.all(started.splice(0).map((requestLog) => requestLog.stop(100)))
    folder.remove()
  })

  function start(
    connection = database.connection,
    env: NodeJS.ProcessEnv = {},
    options: Partial<RequestLogOptions> = {},
  ): RequestLog {
    const requestLog = startRequestLog(folder.path, connection, env, options)
    started.push(requestLog)
    return requestLog
  }

  const paths = () => database.knex('request_logs').orderBy('id').pluck('path')
  const spool = () => path.join(folder.path, 'spool')

  it('stores a request with its place', async () => {
    const requestLog = start()
    const request = seen({
      address: requireAddress('83.149.9.216'),
      timestamp: Date.UTC(2015, 4, 17, 10, 5, 3, 123),
      path: '/a',
      query: 'b=c',
      status: 404,
      account: 'anna@example.org',
    })
    void requestLog.record(request)
    await requestLog.drain()

    const [row] = await database.knex('request_logs')
    expect(row).to.deep.include({
      ip_address: '83.149.9.216',
      timestamp: new Date('2015-05-17T10:05:03.123Z'),
      method: 'GET',
      path: '/a',
      query: 'b=c',
      status: 404,
      duration_ms: 1.5,
      bytes: 512,
      user_agent: 'curl/8',
      country: 'RU',
      city: 'Moscow',
      account: 'anna@example.org',
      source: 'service',
    })
    expect(row.asn).to.be.a('number')
    expect(requestLog.counts).to.include({ recorded: 1, written: 1, dropped: 0 })
  })

  it('stores hostile and very long text so that it can be read', async () => {
    const requestLog = start()
    void requestLog.record(seen({ path: '/\0\n\x1b[2J\ud800', userAgent: '\\"\'{},NULL' }))
    void requestLog.record(seen({ path: `/${'中'.repeat(9_000)}`, userAgent: '"\\'.repeat(9_000) }))
    await requestLog.drain()

    const [first, second] = await database.knex('request_logs').orderBy('id')
    expect(first.path).to.equal('/\\x00\\x0a\\x1b[2J\\ud800')
    expect(first.user_agent).to.equal('\\"\'{},NULL')
    expect(second.path).to.equal(`/${'中'.repeat(682)}`)
  })

  it('stores unknown values as null', async () => {
    const requestLog = start()
    void requestLog.record(seen({ status: null, durationMs: null, bytes: null, source: 'check' }))
    await requestLog.drain()

    const [row] = await database.knex('request_logs')
    expect(row).to.include({ status: null, duration_ms: null, bytes: null, country: null })
  })

  it('leaves nothing in the spool of what is written', async () => {
    const requestLog = start()
    for (let i = 0; i < 5_000; i++) void requestLog.record(seen())
    await requestLog.drain()
    await requestLog.stop()

    expect(fs.readdirSync(spool())).to.deep.equal([])
    expect(await database.knex('spool_segments')).to.deep.equal([])
    expect(await paths()).to.have.length(5_000)
  })

  it('keeps its files from other users', async () => {
    const requestLog = start(at(NOWHERE))
    void requestLog.record(seen())
    const [owner] = fs.readdirSync(spool())
    const files = fs.readdirSync(path.join(spool(), owner!))
    const modeOf = (...names: string[]) => fs.statSync(path.join(spool(), ...names)).mode & 0o777

    expect(modeOf(owner!)).to.equal(0o700)
    for (const file of files) expect(modeOf(owner!, file), file).to.equal(0o600)
  })

  it('truncates addresses before they are stored, when it should', async () => {
    const requestLog = start(database.connection, { IP_STORAGE: 'truncated' })
    void requestLog.record(seen({ address: requireAddress('83.149.9.216') }))
    await requestLog.drain()

    const [row] = await database.knex('request_logs')
    expect(row).to.include({ ip_address: '83.149.9.0/24', country: 'RU' })
  })

  it('hashes addresses, the same one to the same text, when it should', async () => {
    const requestLog = start(database.connection, { IP_STORAGE: 'hashed' })
    for (const last of [1, 2, 1]) {
      void requestLog.record(seen({ address: requireAddress(`83.149.9.${last}`) }))
    }
    await requestLog.drain()

    const [first, second, third] = await database
      .knex('request_logs')
      .orderBy('id')
      .pluck('ip_address')
    expect(first)
      .to.match(/^100::/)
      .and.equal(third)
      .and.not.equal(second)
  })

  it('goes on when the database has been away, and loses nothing', async () => {
    const { target, through } = throughProxy(database.connection)
    let proxy = await startProxy(target)
    const requestLog = start(through(proxy.port))
    void requestLog.record(seen({ path: '/before' }))
    await requestLog.drain()

    await proxy.stop()
    for (let i = 0; i < 100; i++) void requestLog.record(seen({ path: `/during/${i}` }))
    await sleep(700)
    expect(await paths()).to.have.length(1)
    proxy = await startProxy(target, proxy.port)
    await eventually('what was recorded is stored', async () => (await paths()).length === 101)

    for (let i = 0; i < 20; i++) {
      void requestLog.record(seen({ path: `/cut/${i}` }))
      if (i % 5 === 0) proxy.cut()
      await sleep(30)
    }
    await requestLog.drain(10_000)
    expect(new Set(await paths()).size).to.equal(121)
    expect(await paths()).to.have.length(121)
    await requestLog.stop()
    await proxy.stop()
  })

  it('gives up a connection that has gone silent', async () => {
    const { target, through } = throughProxy(database.connection)
    const proxy = await startProxy(target)
    try {
      const requestLog = start(through(proxy.port))
      void requestLog.record(seen({ path: '/before' }))
      await requestLog.drain()

      proxy.stall()
      void requestLog.record(seen({ path: '/during' }))
      await requestLog.drain(20_000)
      expect(await paths()).to.deep.equal(['/before', '/during'])
      await requestLog.stop()
    } finally {
      await proxy.stop()
    }
  })

  it('keeps no caller waiting while the database is away', async () => {
    const requestLog = start(at(NOWHERE))
    const startedAt = performance.now()
    for (let i = 0; i < 1_000; i++) void requestLog.record(seen())
    expect(performance.now() - startedAt).to.be.below(500)

    const failure = await requestLog.drain(50).catch((error) => error)
    expect(failure.message).to.include('not written within 50 ms')
    await requestLog.stop(50)

    await start().drain()
    expect(await paths(), 'the next one to start writes it').to.have.length(1_000)
  })

  it('gives up the oldest records past its cap, and counts them', async () => {
    const requestLog = start(at(NOWHERE), { SPOOL_MAX_MB: '9' })
    void requestLog.record(seen({ path: '/first' }))
    await eventually('the writer looks after the spool', () => requestLog.counts.spoolBytes > 0)
    const long = 'x'.repeat(2_048)
    for (let i = 0; i < 4_000; i++) {
      void requestLog.record(seen({ path: `/${i}`, query: long, userAgent: long }))
    }
    await eventually('some are dropped', () => requestLog.counts.dropped > 0, 10_000)
    await requestLog.stop(50)

    const successor = start()
    await successor.drain()
    const rows = await paths()
    expect(rows).to.include('/3999')
    expect(rows.length + requestLog.counts.dropped).to.equal(4_001)
  })

  it('drops and counts when there can be no spool, and begins when there can', async () => {
    fs.writeFileSync(spool(), 'not a folder')
    const requestLog = start()
    expect(await requestLog.record(seen())).to.equal(false)
    expect(requestLog.counts).to.include({ recorded: 0, dropped: 1 })

    fs.rmSync(spool())
    const { now } = Date
    Date.now = () => now() - 3_600_000 // The clock is set back: that must not prolong the pause.
    try {
      await eventually('it records', () => requestLog.record(seen()))
    } finally {
      Date.now = now
    }
    await requestLog.drain()
    expect(await paths()).to.have.length(1)
  })

  it('adopts what a dead process has left, up to its torn end', async () => {
    leaveSegment([lineOf(seen({ path: '/1' })), lineOf(seen({ path: '/2' })), '["192.0.2.7",17'])
    await start().drain()

    expect(await paths()).to.deep.equal(['/1', '/2'])
    expect(fs.readdirSync(spool())).to.have.length(1)
  })

  it('lets only one of several adopt, and leaves the living alone', async () => {
    void start(at(NOWHERE), {}, { role: 'script' }).record(seen({ path: '/living' }))
    leaveSegment(Array.from({ length: 500 }, (_, i) => lineOf(seen({ path: `/${i}` }))))
    // Four threads start at once: a busy machine takes its time.
    const starting = [start(), start(), start()]
    await Promise.all(starting.map((requestLog) => requestLog.drain(60_000)))

    expect(await paths()).to.have.length(500)
  })

  it('puts records aside that Postgres refuses, with the reason, and writes the others', async () => {
    const lines = Array.from({ length: 1_000 }, (_, i) => lineOf(seen({ path: `/${i}` })))
    lines[17] = lineOf(seen({ path: '/status', status: 99_999 }))
    lines[500] = lines[500]!.replace('/500', '/\\u0000')
    lines[998] = lines[998]!.replace('192.0.2.7', 'nobody')
    lines[999] = 'not a record\n'
    leaveSegment(lines)
    const requestLog = start()
    await requestLog.drain()

    expect(await paths()).to.have.length(996)
    const kept = fs.readFileSync(path.join(spool(), 'quarantine.ndjson'), 'utf8').trim().split('\n')
    expect(kept.map((line) => JSON.parse(line).reason)).to.have.length(4)
    expect(kept[0]).to.include('/status').and.include('out of range')
    await eventually('they are counted', () => requestLog.counts.quarantined === 4)
  })

  it('makes a partition again that was dropped while it was in use', async () => {
    const requestLog = start()
    void requestLog.record(seen())
    await requestLog.drain()
    await database.clean()
    void requestLog.record(seen({ path: '/later' }))
    await requestLog.drain()

    expect(await paths()).to.deep.equal(['/later'])
  })

  it('tells those who can wait whether there is room', async () => {
    const requestLog = start(at(NOWHERE))
    expect(await requestLog.room(10)).to.equal(true)
    const long = 'x'.repeat(2_048)
    for (let i = 0; i < 9_000; i++) void requestLog.record(seen({ query: long, userAgent: long }))

    expect(await requestLog.room(10)).to.equal(false)
  })

  function at(connectionString: string): DatabaseConnection {
    return { ...database.connection, connectionString }
  }

  /** A segment of a process that was killed while it appended to it. */
  function leaveSegment(lines: string[]): void {
    const dead = path.join(spool(), randomUUID())
    fs.mkdirSync(dead, { recursive: true })
    fs.writeFileSync(path.join(dead, `0.${randomUUID()}.open`), lines.join(''))
  }
})

function throughProxy(connection: DatabaseConnection) {
  const { host, port, user, password, database } = new Client(connection)
  const credentials = `${user}:${encodeURIComponent(password ?? '')}`
  return {
    target: host.startsWith('/') ? { path: `${host}/.s.PGSQL.${port}` } : { host, port },
    through: (port: number): DatabaseConnection => ({
      ...connection,
      connectionString: `postgres://${credentials}@127.0.0.1:${port}/${database}`,
    }),
  }
}
