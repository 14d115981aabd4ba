import { once } from 'node:events'
import net from 'node:net'
import { setTimeout as sleep } from 'node:timers/promises'
import { expect } from 'chai'
import { eventually } from '../support/eventually'
import { type Instance, startInstance } from '../support/instance'
import { startPostgres, type TestPostgres } from '../support/postgres'
import { startRedis, type TestRedis } from '../support/redis'
import { runScript } from '../support/script'

const BLOCKED = '192.0.2.7'
const UNKNOWN = '198.51.100.7'

describe('a cold start without Postgres and Redis', () => {
  let postgres: TestPostgres
  let redis: TestRedis
  let instance: Instance | undefined
  let dataDir: string
  let key: string
  /** Of a start that waits for nobody, at the same time, on this machine as busy as it is. */
  let usualMs: number

  before(async function () {
    postgres = await startPostgres(this)
    redis = await startRedis(this)
    // An earlier life, in which the list was learned.
    instance = await startInstance(settings())
    dataDir = instance.dataDir
    const scopes = ['--scopes', 'admin,check', '--json']
    const made = await runScript('create-key', ['test', ...scopes], {
      DATABASE_URL: postgres.url,
      DATA_DIR: dataDir,
    })
    key = JSON.parse(made.stdout).key
    await block(BLOCKED)
    await eventually('it is refused', async () => (await visit(BLOCKED)).status === 403)
    // The list is on disk a moment after it is in force.
    await sleep(1_500)
    await instance.stop({ keepData: true })
    instance = undefined
  })

  afterEach(async () => {
    await instance?.stop({ keepData: true })
    instance = undefined
  })

  after(async () => {
    await redis?.stop()
    await postgres?.stop()
  })

  function settings(changes: NodeJS.ProcessEnv = {}): NodeJS.ProcessEnv {
    return {
      DATABASE_URL: postgres.url,
      REDIS_URL: redis.url,
      TRUSTED_PROXIES: '127.0.0.1',
      ...(dataDir && { DATA_DIR: dataDir }),
      ...changes,
    }
  }

  /** By plain SQL: nobody tells the instances but the database. */
  async function block(address: string): Promise<void> {
    await postgres.run(
      `insert into blocked_ips (ip_address, reason, source, blocked_by)
       values ('${address}', 'test', 'person', 'test')`,
    )
  }

  function visit(address: string, path = '/livez', headers: Record<string, string> = {}) {
    return fetch(instance!.url + path, { headers: { 'x-forwarded-for': address, ...headers } })
  }

  async function readiness(): Promise<{ status: number; text: string }> {
    const response = await visit(UNKNOWN, '/readyz')
    return { status: response.status, text: await response.text() }
  }

  /** Starts the instance, and beside it one that hears at once that its database is not there. */
  async function start(changes: NodeJS.ProcessEnv = {}): Promise<Instance> {
    const nowhere = 'postgresql://postgres@127.0.0.1:1/postgres'
    const [started, beside] = await Promise.all([
      startInstance(settings(changes)),
      startInstance({ DATABASE_URL: nowhere }),
    ])
    usualMs = beside.startedInMs
    await beside.stop()
    return started
  }

  /** What has to hold while neither store answers. */
  async function expectTheLastKnownList(): Promise<void> {
    // Five seconds are promised, of which a usual start takes one or two.
    expect(instance!.startedInMs - usualMs).to.be.below(3_500)
    expect((await visit(BLOCKED)).status).to.equal(403)
    expect((await visit(UNKNOWN)).status).to.equal(200)
    expect((await visit(UNKNOWN, '/nothing')).status).to.equal(404)

    const { status, text } = await readiness()
    expect(status).to.equal(503)
    expect(text).to.match(/^starting\ndown database: .*\ndown redis: .*\ndown blocklist: 1 entr/)
    expect(text).to.match(/^down keys: not known yet$/m)

    const authorization = `Bearer ${key}`
    await expectUnavailable(visit(UNKNOWN, `/v1/check/${BLOCKED}`, { authorization }))
    await expectUnavailable(visit(UNKNOWN, '/admin/api/blocks', { authorization }))
    await expectUnavailable(
      visit(UNKNOWN, '/session', { cookie: 'portcullis=abc', host: 'localhost' }),
    )
    await expectUnavailable(
      fetch(`${instance!.url}/login`, {
        method: 'POST',
        headers: {
          'content-type': 'application/json',
          'x-forwarded-for': UNKNOWN,
          'x-forwarded-proto': 'https',
        },
        body: JSON.stringify({
          email: 'ada@example.org',
          password: 'correct horse battery staple',
        }),
      }),
    )
  }

  async function expectUnavailable(answer: Promise<Response>): Promise<void> {
    const startedAt = performance.now()
    const response = await answer
    expect(await response.json()).to.include({ status: 503, code: 'unavailable' })
    expect(response.headers.get('retry-after')).to.match(/^[1-9]/)
    expect(performance.now() - startedAt).to.be.below(2_000)
  }

  /** Nothing was restarted, and everything is in force soon after Postgres answers. */
  async function expectAllInForce(): Promise<void> {
    const startedAt = performance.now()
    await eventually('it is ready', async () => (await readiness()).status === 200, 10_000)
    const authorization = `Bearer ${key}`
    await eventually('the key is known', async () => {
      return (await visit(UNKNOWN, `/v1/check/${BLOCKED}`, { authorization })).status === 200
    })
    expect((await visit(UNKNOWN, '/admin/api/blocks', { authorization })).status).to.equal(200)
    expect(performance.now() - startedAt).to.be.below(8_000)

    const another = `203.0.113.${Math.floor(Math.random() * 250)}`
    await block(another)
    await eventually('changes arrive', async () => (await visit(another)).status === 403, 2_500)
    await postgres.run(`delete from blocked_ips where ip_address = '${another}'`)

    await eventually(
      'what was seen meanwhile is in the request log',
      async () => {
        const [row] = await postgres.run(
          `select count(*)::int as seen from request_logs
            where path = '/nothing' and timestamp > now() - interval '30 seconds'`,
        )
        return Number(row!.seen) > 0
      },
      15_000,
    )
  }

  it('enforces the last known list when both are gone, and follows Postgres when it is back', async () => {
    await Promise.all([postgres.kill(), redis.kill()])
    instance = await start()
    await expectTheLastKnownList()
    await postgres.restart()
    await expectAllInForce()
    await redis.restart()
    await eventually('Redis is found', async () => /ok +redis/.test((await readiness()).text))
  })

  it('does so when both are frozen', async () => {
    await postgres.freeze()
    redis.freeze()
    try {
      instance = await start()
      await expectTheLastKnownList()
    } finally {
      await postgres.thaw()
      redis.thaw()
    }
    await expectAllInForce()
  })

  it('does so when their host swallows every packet', async () => {
    const silent = net.createServer(() => {}).listen(0, '127.0.0.1')
    await once(silent, 'listening')
    const { port } = silent.address() as net.AddressInfo
    instance = await start({
      DATABASE_URL: `postgresql://postgres@127.0.0.1:${port}/postgres`,
      REDIS_URL: `redis://127.0.0.1:${port}`,
    })
    await expectTheLastKnownList()
    silent.close()
  })

  it('does so when Postgres does not let it in, and says so', async () => {
    const elsewhere = postgres.url.replace(/postgres$/, 'no_such_database')
    instance = await start({ DATABASE_URL: elsewhere, REDIS_URL: 'redis://127.0.0.1:1' })
    await expectTheLastKnownList()
    expect((await readiness()).text).to.contain('database: does not let us in; the log says why')
    expect(instance.log.join('\n')).to.contain('\\"no_such_database\\" does not exist')
  })

  it('tells a wrong database at once when there is nobody to be kept out', async () => {
    const elsewhere = postgres.url.replace(/postgres$/, 'no_such_database')
    const startedAt = performance.now()
    const failure = await startInstance({ DATABASE_URL: elsewhere }).catch((error: Error) => error)
    expect(failure).to.be.instanceOf(Error)
    expect(String(failure)).to.contain('cannot start: cannot use the database at postgresql://')
    expect(performance.now() - startedAt).to.be.below(10_000)
  })

  it('starts for the first time before Postgres does, and migrates when it comes', async () => {
    await postgres.kill()
    instance = await startInstance({
      DATABASE_URL: postgres.url.replace(/postgres$/, 'fresh'),
      TRUSTED_PROXIES: '127.0.0.1',
    })
    expect((await visit(UNKNOWN)).status).to.equal(200)
    const { status, text } = await readiness()
    expect(status).to.equal(503)
    expect(text).to.contain('down blocklist: no list known yet: nobody is refused')
    await postgres.restart()
    await postgres.run('create database fresh')
    await eventually('it is ready', async () => (await readiness()).status === 200, 10_000)
    await instance.stop()
    instance = undefined
  })

  it('is not for scripts: they say what is missing, and fail', async () => {
    const { code, stderr } = await runScript('block-ip', ['192.0.2.9'], {
      DATABASE_URL: 'postgresql://postgres@127.0.0.1:1/postgres',
    })
    expect(code).to.equal(1)
    expect(stderr).to.match(/^cannot use the database at postgresql:\/\/127\.0\.0\.1:1\/postgres: /)
  })
})
