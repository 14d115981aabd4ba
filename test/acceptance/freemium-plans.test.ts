import { setTimeout as sleep } from 'node:timers/promises'
import { expect } from 'chai'
import { startRedis, type TestRedis } from '../support/redis'
import { startTestService, type TestService } from '../support/service'

const PLANS = `
  free    = 3/1m anonymous
  member  = 5/1m authenticated
  pro     = 8/1m authenticated
  partner = 6/1m key
  batch   = 2/2s key`

interface Verdict {
  verdict: string
  reason: string | null
  expiresAt: string | null
  retryAfter: number | null
  limit: { name: string; quota: number; window: number; remaining: number; reset: number } | null
}

describe('freemium plans', () => {
  let service: TestService
  let admin: string
  let app: string

  before(async () => {
    service = await startTestService({ RATE_LIMITS: PLANS, TRUSTED_PROXIES: '127.0.0.1' })
    await service.database.clean()
    admin = await service.key('admin')
    app = await service.tieredKey('none', 'check')
  })
  after(() => service.stop())

  const visit = (json: object, key = app) =>
    service.send('/v1/check', { method: 'POST', key, json: { method: 'GET', path: '/', ...json } })

  async function judge(json: object): Promise<Verdict> {
    const response = await visit(json)
    expect(response.status).to.equal(200)
    return (await response.json()) as Verdict
  }

  /** How many of `times` visits may pass. */
  async function passing(times: number, visitor: object): Promise<number> {
    const verdicts = await Promise.all(Array.from({ length: times }, () => judge(visitor)))
    return verdicts.filter(({ verdict }) => verdict === 'allow').length
  }

  it('count a visitor without an account by address', async () => {
    expect(await passing(10, { ip: '192.0.2.1' })).to.equal(3)
    expect(await passing(10, { ip: '192.0.2.2' })).to.equal(3)
    expect(await passing(10, { ip: '2001:db8::1' })).to.equal(3)
    expect(await passing(10, { ip: '2001:db8::2' })).to.equal(0)
    expect(await passing(10, { ip: '::ffff:192.0.2.1' })).to.equal(0)
  })

  it('count a visitor with an account by account, wherever they come from', async () => {
    expect(await passing(4, { ip: '192.0.2.1', account: 'ada' })).to.equal(4)
    expect(await passing(4, { ip: '192.0.2.9', account: 'ada' })).to.equal(1)
    expect(await passing(9, { ip: '192.0.2.1', account: 'bob' })).to.equal(5)
  })

  it('are chosen by name, by the application', async () => {
    expect(await passing(12, { ip: '192.0.2.3', account: 'eve', tier: 'pro' })).to.equal(8)
    expect(await passing(12, { ip: '192.0.2.3', account: 'eve', tier: 'free' })).to.equal(3)
  })

  it('must exist, and fit the visit', async () => {
    const problem = async (json: object) => {
      const response = await visit({ ip: '192.0.2.4', ...json })
      expect(response.status).to.equal(400)
      return ((await response.json()) as { code: string; detail: string }).detail
    }
    expect(await problem({ tier: 'gold' })).to.equal(
      'There is no tier "gold" for visits; there are free, member, pro.',
    )
    expect(await problem({ tier: 'partner' })).to.match(/no tier "partner" for visits/)
    expect(await problem({ tier: 'pro' })).to.match(/counts accounts: send the account/)
  })

  it('say how a visitor stands, and when a limited one may come back', async () => {
    const first = await judge({ ip: '192.0.2.5' })
    expect(first).to.include({ verdict: 'allow', retryAfter: null, reason: null })
    expect(first.limit).to.deep.equal({
      name: 'free',
      quota: 3,
      window: 60,
      remaining: 2,
      reset: 60,
    })
    await passing(2, { ip: '192.0.2.5' })

    const limited = await judge({ ip: '192.0.2.5' })
    expect(limited.verdict).to.equal('limit')
    expect(limited.retryAfter).to.be.within(50, 60)
    expect(limited.limit).to.include({ name: 'free', quota: 3, window: 60, remaining: 0 })
    expect(limited.limit!.reset).to.equal(limited.retryAfter)
    expect(limited.reason).to.equal('more than 3 requests in 60 s (free)')
    expect(Date.parse(limited.expiresAt!) - Date.now()).to.be.within(45_000, 60_000)
  })

  it('keep the accounts of two applications apart', async () => {
    const other = await service.tieredKey('none', 'check')
    const ada = { ip: '192.0.2.1', account: 'ada' }
    expect(((await (await visit(ada, app)).json()) as Verdict).verdict).to.equal('limit')
    expect(((await (await visit(ada, other)).json()) as Verdict).verdict).to.equal('allow')
  })

  it('stand behind a block, and do not count for allowed networks', async () => {
    const order = (path: string, ipAddress: string) =>
      service.send(path, { method: 'POST', key: admin, json: { ipAddress, reason: 'test' } })
    await order('/admin/api/blocks', '198.51.100.1')
    await order('/admin/api/allowed', '198.51.100.2')

    for (let i = 0; i < 5; i++) {
      expect(await judge({ ip: '198.51.100.1' })).to.include({ verdict: 'block', limit: null })
    }
    expect(await passing(9, { ip: '198.51.100.2' })).to.equal(9)
    expect(await passing(9, { ip: '198.51.100.2', account: 'office' })).to.equal(5)
  })

  it('are enforced through forward-auth with 429, and on record', async () => {
    const ask = () =>
      service.send('/v1/forward-auth', {
        headers: { 'x-forwarded-for': '203.0.113.7', 'x-forwarded-uri': '/plan' },
      })
    const answers = [await ask(), await ask(), await ask()]
    expect(answers.map(({ status }) => status)).to.deep.equal([200, 200, 200])
    expect(answers[2]!.headers.get('ratelimit')).to.match(/^"free";r=0;t=\d+$/)

    const refused = await ask()
    expect(refused.status).to.equal(429)
    expect(refused.headers.get('ratelimit-policy')).to.equal('"free";q=3;w=60')
    expect(Number(refused.headers.get('retry-after'))).to.be.within(50, 60)
    expect(await refused.json()).to.deep.include({ code: 'rate_limited' })

    await service.stored('/admin/api/requests?ip=203.0.113.7&status=429', admin)
  })

  it('limit the API by key, and say so in headers and a problem document', async () => {
    const key = await service.key('check')
    const answers: Response[] = []
    for (let i = 0; i < 7; i++) answers.push(await service.send('/v1/check/192.0.2.1', { key }))
    expect(answers.map(({ status }) => status)).to.deep.equal([200, 200, 200, 200, 200, 200, 429])
    const [first, last] = [answers[0]!, answers[6]!]
    expect(first.headers.get('ratelimit-policy')).to.equal('"partner";q=6;w=60')
    expect(first.headers.get('ratelimit')).to.equal('"partner";r=5;t=60')
    expect(first.headers.get('x-ratelimit-limit')).to.equal(null)

    expect(last.headers.get('content-type')).to.match(/^application\/problem\+json/)
    expect(last.headers.get('ratelimit')).to.match(/^"partner";r=0;t=\d+$/)
    expect(last.headers.get('retry-after')).to.match(/^[1-9]\d*$/)
    const problem = (await last.json()) as { detail: string }
    expect(problem).to.deep.include({
      type: 'https://iana.org/assignments/http-problem-types#quota-exceeded',
      title: 'Quota Exceeded',
      status: 429,
      code: 'rate_limited',
      'violated-policies': ['partner'],
    })
    expect(problem.detail).to.match(
      /^6 requests in 60 seconds are allowed here. Try again in \d+ s/,
    )
  })

  it('are bound to a key when it is made, and open again on time', async () => {
    const key = await service.tieredKey('batch', 'check')
    const ask = async () => service.send('/v1/check/192.0.2.1', { key })
    expect([(await ask()).status, (await ask()).status]).to.deep.equal([200, 200])
    const refused = await ask()
    expect(refused.status).to.equal(429)
    await sleep(Number(refused.headers.get('retry-after')) * 1_000)
    expect((await ask()).status).to.equal(200)
  })

  it('do not concern people and keys in /admin', async () => {
    for (let i = 0; i < 10; i++) {
      const response = await service.send('/admin/api/blocks', { key: admin })
      expect([response.status, response.headers.get('ratelimit')]).to.deep.equal([200, null])
    }
  })

  describe('on two instances with Redis', () => {
    let redis: TestRedis
    let instances: TestService[] = []

    before(async function () {
      redis = await startRedis(this)
      const settings = { RATE_LIMITS: 'big=250/1m anonymous', REDIS_URL: redis.url }
      instances = await Promise.all([startTestService(settings), startTestService(settings)])
    })
    after(async () => {
      await Promise.all(instances.map((instance) => instance.stop()))
      await redis?.stop()
    })

    it('are shared, and still stand when Redis is frozen', async () => {
      const passing = async (ip: string) => {
        const verdicts = Array.from({ length: 300 }, async (_, i) => {
          const json = { ip, method: 'GET', path: '/' }
          const options = { method: 'POST', key: app, json }
          const response = await instances[i % 2]!.send('/v1/check', options)
          return ((await response.json()) as Verdict).verdict === 'allow'
        })
        return (await Promise.all(verdicts)).filter(Boolean).length
      }
      expect(await passing('192.0.2.1')).to.equal(250)
      redis.freeze()
      expect(await passing('192.0.2.2')).to.be.within(250, 300)
      expect(await passing('192.0.2.2')).to.be.within(0, 250)
      expect(await passing('192.0.2.2')).to.equal(0)
    })
  })
})

describe('without RATE_LIMITS', () => {
  it('nothing but logins is limited', async () => {
    const service = await startTestService()
    try {
      const key = await service.key('check')
      const json = { ip: '192.0.2.1', method: 'GET', path: '/', account: 'ada' }
      const answers = await Promise.all(
        Array.from({ length: 50 }, () => service.send('/v1/check', { method: 'POST', key, json })),
      )
      for (const response of answers) {
        expect([response.status, response.headers.get('ratelimit')]).to.deep.equal([200, null])
        expect(await response.json()).to.include({ verdict: 'allow', limit: null })
      }
    } finally {
      await service.stop()
    }
  })
})
