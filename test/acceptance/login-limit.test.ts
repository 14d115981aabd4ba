import { expect } from 'chai'
import { type TestDatabase, testDatabase } from '../support/database'
import { cookieOf, PASSWORD, type People, startPeople } from '../support/people'
import { startRedis, type TestRedis } from '../support/redis'

const WRONG = 'not the password'

describe('login limit', () => {
  let database: TestDatabase
  let people: People

  before(async () => {
    database = await testDatabase()
    await database.clean()
    people = await startPeople(database)
    await people.accounts.add('ada@example.org', PASSWORD, 'admin')
  })

  after(() => people?.stop())

  const attempt = (address: string, password = WRONG, cookie = '') =>
    people.logIn('ada@example.org', password, { 'x-forwarded-for': address, cookie })

  async function statuses(attempts: Promise<Response>[]): Promise<Record<number, number>> {
    const counts: Record<number, number> = {}
    for (const { status } of await Promise.all(attempts)) counts[status] = (counts[status] ?? 0) + 1
    return counts
  }

  it('lets an anonymous client try five times a minute, the right password included', async () => {
    for (let i = 0; i < 4; i++) expect((await attempt('192.0.2.1')).status).to.equal(401)
    expect((await attempt('192.0.2.1', PASSWORD)).status).to.equal(200)
    expect((await attempt('192.0.2.1', PASSWORD)).status).to.equal(429)
  })

  it('says when to come back', async () => {
    const first = await attempt('192.0.2.2')
    expect(first.headers.get('ratelimit-policy')).to.equal('"login";q=5;w=60')
    expect(first.headers.get('ratelimit')).to.match(/^"login";r=4;t=60$/)
    expect(first.headers.get('retry-after')).to.equal(null)

    for (let i = 0; i < 4; i++) await attempt('192.0.2.2')
    const refused = await attempt('192.0.2.2')
    expect(refused.status).to.equal(429)
    expect(refused.headers.get('content-type')).to.match(/^application\/problem\+json/)
    expect(refused.headers.get('retry-after')).to.match(/^[1-9]\d*$/)
    expect(Number(refused.headers.get('retry-after'))).to.be.within(1, 60)
    expect(refused.headers.get('ratelimit')).to.match(/^"login";r=0;t=\d+$/)
    expect(await refused.json()).to.include({ status: 429, code: 'rate_limited' })
  })

  it('lets somebody with a session try ten times, whatever their address has used up', async () => {
    const cookie = cookieOf(await attempt('192.0.2.3', PASSWORD))
    const anonymous = Array.from({ length: 5 }, () => attempt('192.0.2.3'))
    expect(await statuses(anonymous)).to.deep.equal({ 401: 4, 429: 1 })

    // From other addresses too: it is the account that is counted.
    const signedIn = Array.from({ length: 12 }, (_, i) =>
      attempt(`192.0.2.${3 + i}`, WRONG, cookie),
    )
    expect(await statuses(signedIn)).to.deep.equal({ 401: 10, 429: 2 })
    expect((await attempt('192.0.2.14')).status).to.equal(401)
  })

  it('does not take any cookie for a session', async () => {
    const cookie = `portcullis=${'x'.repeat(43)}`
    const attempts = Array.from({ length: 8 }, () => attempt('192.0.2.20', WRONG, cookie))
    expect(await statuses(attempts)).to.deep.equal({ 401: 5, 429: 3 })
  })

  it('counts IPv6 clients by /64, and one IPv4 client under all its spellings', async () => {
    const inOne = Array.from({ length: 8 }, (_, i) => attempt(`2001:db8:0:1::${i + 1}`))
    expect(await statuses(inOne)).to.deep.equal({ 401: 5, 429: 3 })
    expect((await attempt('2001:db8:0:2::1')).status).to.equal(401)

    const spellings = Array.from({ length: 8 }, (_, i) =>
      attempt(i % 2 ? '192.0.2.30' : '::ffff:192.0.2.30'),
    )
    expect(await statuses(spellings)).to.deep.equal({ 401: 5, 429: 3 })
    expect((await attempt('::ffff:192.0.2.31')).status).to.equal(401)
  })

  it('counts what is no proper attempt as well', async () => {
    const malformed = () =>
      fetch(`${people.url}/login`, {
        method: 'POST',
        headers: { 'content-type': 'application/json', 'x-forwarded-for': '192.0.2.40' },
        body: '{',
      })
    const attempts = Array.from({ length: 8 }, malformed)
    expect(await statuses(attempts)).to.deep.equal({ 400: 5, 429: 3 })
  })

  describe('on four instances with Redis', () => {
    let redis: TestRedis
    let instances: People[] = []

    before(async function () {
      redis = await startRedis(this)
      instances = await Promise.all(
        Array.from({ length: 4 }, () => startPeople(database, redis.url)),
      )
    })

    after(async () => {
      await Promise.all(instances.map((instance) => instance.stop()))
      await redis?.stop()
    })

    const flood = (address: string, times: number) =>
      Array.from({ length: times }, (_, i) =>
        instances[i % 4]!.logIn('ada@example.org', WRONG, { 'x-forwarded-for': address }),
      )

    it('lets exactly five of 400 at once pass', async () => {
      expect(await statuses(flood('198.51.100.1', 400))).to.deep.equal({ 401: 5, 429: 395 })
    })

    it('still limits, and keeps nobody waiting, when Redis is frozen and when it is gone', async () => {
      await statuses(flood('198.51.100.2', 4))
      redis.freeze()
      const frozen = await statuses(flood('198.51.100.2', 100))
      expect(frozen[401]).to.be.within(1, 19)
      expect(await longestWait('198.51.100.2')).to.be.below(250)

      await redis.kill()
      const gone = await statuses(flood('198.51.100.3', 100))
      expect(gone[401]).to.be.within(5, 20)
      expect(await longestWait('198.51.100.3')).to.be.below(250)
    })

    async function longestWait(address: string): Promise<number> {
      let longest = 0
      for (let i = 0; i < 40; i++) {
        const start = performance.now()
        await Promise.all(flood(address, 1))
        longest = Math.max(longest, performance.now() - start)
      }
      return longest
    }
  })
})
