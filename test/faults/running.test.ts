import { setTimeout as sleep } from 'node:timers/promises'
import { expect } from 'chai'
import { eventually } from '../support/eventually'
import { type Instance, startInstance } from '../support/instance'
import { startPostgres, type TestPostgres } from '../support/postgres'
import { startProxy, type Proxy as TestProxy } from '../support/proxy'
import { startRedis, type TestRedis } from '../support/redis'
import { runScript } from '../support/script'
import { type Answer, describeTimes, probe, type Times, timesOf } from './probe'

const INSTANCES = 4
/** The promise is about 60 s: FAULT_SECONDS=60 asks for the whole of it. */
const FAULT_SECONDS = Number(process.env.FAULT_SECONDS ?? 6)
/** As long as this without a fault, right before each: what this machine takes for the same now. */
const CONTROL_SECONDS = Math.min(FAULT_SECONDS, 4)

const BLOCKED = '192.0.2.7'
const LIMITED = '198.51.100.66'

/**
 * Four instances on one Postgres and one Redis, asked for what they judge from memory while one of
 * the stores is killed, frozen or slow.
 *
 * The promise: no request above 250 ms, and after the first second 5 ms more at the 99th percentile.
 * Machines that run tests are busy, so that here the times are compared with those of the same
 * questions right before the fault, leniently: the 5 ms are to be seen on a quiet machine only. What no load can
 * excuse is asserted exactly: who is blocked is never let in, and nobody else is kept out.
 */
describe('four running instances', function () {
  this.timeout(60_000 + FAULT_SECONDS * 1_000)

  let postgres: TestPostgres
  let redis: TestRedis
  let toPostgres: TestProxy
  let toRedis: TestProxy
  let instances: Instance[] = []
  let key: string

  before(async function () {
    postgres = await startPostgres(this)
    redis = await startRedis(this)
    toPostgres = await startProxy({ host: '127.0.0.1', port: postgres.port })
    toRedis = await startProxy({ host: '127.0.0.1', port: Number(new URL(redis.url).port) })
    const settings = {
      DATABASE_URL: `postgresql://postgres@127.0.0.1:${toPostgres.port}/postgres`,
      REDIS_URL: `redis://127.0.0.1:${toRedis.port}`,
      TRUSTED_PROXIES: '127.0.0.1',
    }
    instances = [await startInstance(settings)]
    const others = Array.from({ length: INSTANCES - 1 }, () => startInstance(settings))
    instances.push(...(await Promise.all(others)))
    const made = await runScript('create-key', ['t', '--scopes', 'admin,check', '--json'], settings)
    key = JSON.parse(made.stdout).key
    await postgres.run(
      `insert into blocked_ips (ip_address, reason, source, blocked_by)
       values ('${BLOCKED}', 'test', 'person', 'test')`,
    )
    await eventually('all refuse it, and know the key', async () => {
      const answers = await Promise.all(instances.map((instance) => probe(instance, questions())))
      return answers.flat().every(({ wrong }) => !wrong)
    })
  })

  after(async () => {
    await Promise.all(instances.map((instance) => instance.stop()))
    await toPostgres?.stop()
    await toRedis?.stop()
    await redis?.stop()
    await postgres?.stop()
  })

  /** What is judged from memory, and what the answer has to be. */
  function questions() {
    const authorization = `Bearer ${key}`
    const from = (address: string) => ({ 'x-forwarded-for': address })
    const visit = { ip: BLOCKED, method: 'GET', path: '/' }
    return {
      'blocked page': { path: '/', headers: from(BLOCKED), expect: 403 },
      'unknown address': { path: '/nothing', headers: from('203.0.113.1'), expect: 404 },
      check: {
        path: '/v1/check',
        headers: { ...from('203.0.113.2'), authorization },
        json: visit,
        expect: 200,
        contains: '"block"',
      },
      'forward-auth, blocked': {
        path: '/v1/forward-auth/nginx',
        headers: { ...from(BLOCKED), 'x-original-uri': '/x' },
        expect: 403,
      },
      'forward-auth, unknown': {
        path: '/v1/forward-auth/nginx',
        headers: { ...from('203.0.113.3'), 'x-original-uri': '/x' },
        expect: 200,
      },
      // Until the limit says no, a login is about an account: 401, or 503 without the database.
      'login limit': {
        path: '/login',
        headers: { ...from(LIMITED), 'x-forwarded-proto': 'https' },
        json: { email: 'nobody@example.org', password: 'wrong horse battery staple' },
        expect: 429,
        before: [401, 503],
      },
    }
  }

  /** All instances, asked again and again for `seconds`. */
  async function ask(seconds: number): Promise<Answer[]> {
    const until = performance.now() + seconds * 1_000
    const perInstance = instances.map(async (instance) => {
      const answers: Answer[] = []
      while (performance.now() < until) {
        answers.push(...(await probe(instance, questions())))
        await sleep(40)
      }
      return answers
    })
    return (await Promise.all(perInstance)).flat()
  }

  /** How long an admin waits for a list, and what the answers are. */
  async function askForLists(seconds: number): Promise<{ slowestMs: number; statuses: number[] }> {
    const until = performance.now() + seconds * 1_000
    const statuses = new Set<number>()
    let slowestMs = 0
    while (performance.now() < until) {
      const startedAt = performance.now()
      const headers = { authorization: `Bearer ${key}` }
      const response = await fetch(`${instances[0]!.url}/admin/api/requests`, { headers })
      await response.text()
      statuses.add(response.status)
      slowestMs = Math.max(slowestMs, performance.now() - startedAt)
      await sleep(100)
    }
    return { slowestMs, statuses: [...statuses].sort() }
  }

  interface Fault {
    begin(): Promise<void> | void
    end(): Promise<void> | void
    /** What an admin's list may be answered with meanwhile. */
    lists: number[]
  }

  const faults: Record<string, () => Fault> = {
    'Redis is killed': () => ({
      begin: () => redis.kill(),
      end: () => redis.restart(),
      lists: [200],
    }),
    'Redis is frozen': () => ({ begin: redis.freeze, end: redis.thaw, lists: [200] }),
    'Redis is slow': () => ({
      begin: () => toRedis.delay(500),
      end: () => toRedis.delay(0),
      lists: [200],
    }),
    'Postgres is killed': () => ({
      begin: () => postgres.kill(),
      end: () => postgres.restart(),
      lists: [200, 503],
    }),
    'Postgres is frozen': () => ({ begin: postgres.freeze, end: postgres.thaw, lists: [200, 503] }),
    'Postgres is slow': () => ({
      begin: () => toPostgres.delay(500),
      end: () => toPostgres.delay(0),
      lists: [200, 503],
    }),
  }

  for (const [name, makeFault] of Object.entries(faults)) {
    it(`answer from memory while ${name}`, async () => {
      const fault = makeFault()
      const control = timesOf(await ask(CONTROL_SECONDS))
      await fault.begin()
      const beganAt = performance.now()
      let answers: Answer[]
      let lists: Awaited<ReturnType<typeof askForLists>>
      try {
        ;[answers, lists] = await Promise.all([ask(FAULT_SECONDS), askForLists(FAULT_SECONDS)])
      } finally {
        await fault.end()
      }
      const settled = timesOf(answers.filter(({ atMs }) => atMs > beganAt + 1_000))
      const all = timesOf(answers)
      console.log(`        before: ${describeTimes(control)}`)
      console.log(
        `        meanwhile: ${describeTimes(all)}; after a second ${describeTimes(settled)}`,
      )
      console.log(
        `        an admin's list: ${lists.statuses}, ${Math.round(lists.slowestMs)} ms at most`,
      )

      expect(answers.filter(({ wrong }) => wrong)).to.deep.equal([])
      expectLittleMore(all, control, { p99: 250, share: 0.01 })
      expectLittleMore(settled, control, { p99: 50, share: 0.005 })
      expect(fault.lists).to.include.members(lists.statuses)
      expect(lists.slowestMs).to.be.below(3_000)

      // The next one begins with everything well.
      await eventually('all is well again', allIsWell, 15_000)
    })
  }

  function expectLittleMore(times: Times, control: Times, more: { p99: number; share: number }) {
    expect(times.count).to.be.greaterThan(50)
    expect(times.p99, '99th percentile').to.be.below(control.p99 + more.p99)
    expect(times.above250, 'share above 250 ms').to.be.at.most(control.above250 + more.share)
  }

  async function allIsWell(): Promise<boolean> {
    const texts = instances.map(async ({ url }) => (await fetch(`${url}/readyz`)).text())
    return (await Promise.all(texts)).every((text) => /^ready\n(ok .*\n)*$/.test(text))
  }
})
