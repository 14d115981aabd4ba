import { setTimeout as sleep } from 'node:timers/promises'
import { expect } from 'chai'
import { type TestDatabase, testDatabase } from '../support/database'
import { eventually } from '../support/eventually'
import { startRedis, type TestRedis } from '../support/redis'
import { type ServiceProcess, startServiceProcess } from '../support/service-process'

/** Four services in processes of their own, one database and one Redis. */
describe('the login limit of four services', () => {
  let database: TestDatabase
  let redis: TestRedis
  let services: ServiceProcess[] = []
  let clients = 0

  before(async function () {
    redis = await startRedis(this)
    database = await testDatabase()
    await database.clean()
    const settings = {
      DATABASE_URL: database.url,
      REDIS_URL: redis.url,
      TRUSTED_PROXIES: '127.0.0.1',
    }
    services = await Promise.all(Array.from({ length: 4 }, () => startServiceProcess(settings)))
    await eventually('all count in Redis', countsTogether)
  })
  after(async () => {
    redis?.thaw()
    await Promise.all(services.map((service) => service.stop()))
    await redis?.stop()
  })

  async function attempt(address: string, instance: number, email = `${address}@example.org`) {
    const start = performance.now()
    const { status } = await fetch(`${services[instance]!.url}/login`, {
      method: 'POST',
      headers: { 'content-type': 'application/json', 'x-forwarded-for': address },
      body: JSON.stringify({ email, password: 'not the password' }),
    })
    return { status, ms: performance.now() - start }
  }

  /** From the range for benchmarks, RFC 2544. */
  const newClient = () => `198.18.${++clients >> 8}.${clients & 255}`

  /** 400 attempts at once, a hundred at each service. */
  async function flood(address: string) {
    const attempts = Array.from({ length: 400 }, (_, i) => attempt(address, i % 4))
    const answers = await Promise.all(attempts)
    // Whoever passes has the password checked, or hears that the database is too slow just now.
    for (const { status } of answers) expect(status).to.be.oneOf([401, 429, 503])
    const passed = answers.filter(({ status }) => status !== 429).length
    return { passed, slowestMs: Math.max(...answers.map(({ ms }) => ms)) }
  }

  async function countsTogether(): Promise<boolean> {
    const address = newClient()
    const answers = await Promise.all(Array.from({ length: 12 }, (_, i) => attempt(address, i % 4)))
    return answers.filter(({ status }) => status === 401).length === 5
  }

  it('lets exactly five of 400 at once pass, time and again', async () => {
    for (let round = 0; round < 3; round++) {
      expect((await flood(newClient())).passed).to.equal(5)
    }
  })

  it('lets five to twenty pass while Redis is frozen, and keeps nobody waiting', async () => {
    const before = newClient()
    await flood(before)
    redis.freeze()
    try {
      const { passed, slowestMs } = await flood(newClient())
      expect(passed).to.be.within(5, 20)
      // 400 at once take their time on a busy machine; waiting for Redis would take for ever.
      expect(slowestMs).to.be.below(5_000)

      await sleep(1_100) // Every service tries Redis again.
      for (let instance = 0; instance < 4; instance++) {
        expect((await attempt(newClient(), instance)).ms).to.be.below(1_000)
      }
      // At most one quota for each service, however often it is tried.
      const again = newClient()
      let all = 0
      for (let round = 0; round < 4; round++) all += (await flood(again)).passed
      expect(all).to.be.within(5, 20)
    } finally {
      redis.thaw()
    }
  })

  it('is exact again when Redis goes on', async () => {
    await eventually('all count in Redis', countsTogether, 10_000)
    for (let round = 0; round < 2; round++) {
      expect((await flood(newClient())).passed).to.equal(5)
    }
  })

  it('still stands when Redis is killed, and is exact again when it is back', async () => {
    await redis.kill()
    expect((await flood(newClient())).passed).to.be.within(5, 20)
    await redis.restart()
    await eventually('all count in Redis', countsTogether, 10_000)
    expect((await flood(newClient())).passed).to.equal(5)
  })
})
