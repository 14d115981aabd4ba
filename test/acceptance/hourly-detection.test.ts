import { expect } from 'chai'
import { ordinaryVisitors, store, visit, visits } from '../detection/visits'
import { startTestService, type TestService } from '../support/service'

const HOUR = '2026-03-01T10:00:00.000Z'
const FLOODER = '203.0.113.1'
const PROBER = '203.0.113.2'
const USER = '203.0.113.3'

interface Item {
  id: number
  ipAddress: string
  window: string
  risk: number
  severity: string
  reason: string
  reasons: { text: string }[]
  status: string
  note: string | null
}

describe('the hourly detection', () => {
  let service: TestService
  let key: string

  before(async () => {
    service = await startTestService({ TRUSTED_PROXIES: '127.0.0.1' })
  })
  after(() => service.stop())

  beforeEach(async () => {
    await service.database.clean()
    key = await service.key('admin')
    const timestamp = Date.parse(HOUR)
    await store(service.database.knex, [
      ...ordinaryVisitors(60, new Date(HOUR)),
      ...visits(5, 20_000, { address: USER, timestamp, path: '/articles/1' }),
      ...visits(3_000, 1_000, { address: FLOODER, timestamp, status: 404, userAgent: '' }),
      visit({ address: PROBER, timestamp, path: '//%61dmin/x' }),
    ])
  })

  const detect = (hour = HOUR) =>
    service.send('/admin/api/detection/run', { method: 'POST', key, json: { hour } })
  const list = async (query = '') => {
    const response = await service.send(`/admin/api/suspicious${query}`, { key })
    expect(response.status).to.equal(200)
    return (await response.json()) as { items: Item[]; next: string | null }
  }
  const review = (id: number | string, json: object) =>
    service.send(`/admin/api/suspicious/${id}/review`, { method: 'POST', key, json })
  const asClient = (address: string) =>
    service.send('/livez', { headers: { 'x-forwarded-for': address } })
  const idOf = async (address: string) => {
    return (await list(`?ip=${address}`)).items[0]!.id
  }

  it('flags who broke a rule in the hour, and says why', async () => {
    const response = await detect()
    expect(response.status).to.equal(200)
    expect(await response.json()).to.deep.include({ hour: HOUR, addresses: 63, flagged: 2 })

    const { items, next } = await list('?sort=worst')
    expect(next).to.equal(null)
    expect(items.map(({ ipAddress }) => ipAddress)).to.deep.equal([FLOODER, PROBER])
    expect(items[0]).to.include({ window: HOUR, status: 'open' })
    expect(items[0]!.severity).to.be.oneOf(['medium', 'high'])
    expect(items[0]!.reason).to.equal('none of the 3000 pages it asked for exists')
    expect(items[0]!.reasons.map(({ text }) => text)).to.include(
      '3000 requests in this hour; the limit is 100',
    )
    expect(items[1]).to.include({ severity: 'low', reason: 'asked for /admin once (sensitive)' })
  })

  it('flags nobody for the way to a sign-in of their own, and everybody else who knocks there', async () => {
    const email = 'ada@example.org'
    await service.database.knex('accounts').insert({ email, password_hash: '-', role: 'viewer' })
    const own = { timestamp: Date.parse(HOUR) + 3_590_000, source: 'service' as const }
    const after = { ...own, timestamp: own.timestamp + 60_000, path: '/session' }
    const [person, guest, refused] = ['203.0.113.11', '203.0.113.12', '203.0.113.13']
    await store(service.database.knex, [
      visit({ ...own, address: person, path: '/admin/' }),
      visit({ ...own, address: person, path: '/login', method: 'POST' }),
      visit({ ...after, address: person, account: email }),
      visit({ ...own, address: guest, path: '/admin/' }),
      visit({ ...after, address: guest, account: 'somebody@elsewhere.example' }),
      visit({ ...own, address: refused, path: '/admin/' }),
      visit({ ...after, address: refused, account: email, status: 401 }),
    ])
    await detect()
    const { items } = await list('?sort=worst')
    const flagged = items.map(({ ipAddress }) => ipAddress)
    expect(flagged).to.have.members([FLOODER, PROBER, guest, refused])
  })

  it('lists by page and filter, and tells more about one', async () => {
    await detect()
    const first = await list('?sort=worst&limit=1')
    const second = await list(`?sort=worst&limit=1&cursor=${first.next}`)
    expect([...first.items, ...second.items].map(({ ipAddress }) => ipAddress)).to.deep.equal([
      FLOODER,
      PROBER,
    ])
    expect(second.next).to.equal(null)
    const newest = await list('?limit=1')
    const before = await list(`?limit=1&cursor=${newest.next}`)
    expect(newest.items[0]!.id).to.be.greaterThan(before.items[0]!.id)

    const addresses = async (query: string) =>
      (await list(query)).items.map(({ ipAddress }) => ipAddress)
    expect(await addresses('?severity=low')).to.deep.equal([PROBER])
    expect(await addresses('?ip=203.0.113.0/24')).to.have.length(2)
    expect(await addresses('?status=dismissed')).to.deep.equal([])
    expect(await addresses(`?to=${HOUR}`)).to.deep.equal([])
    expect((await service.send('/admin/api/suspicious?sort=best', { key })).status).to.equal(400)

    const one = await service.send(`/admin/api/suspicious/${await idOf(FLOODER)}`, { key })
    const told = (await one.json()) as {
      features: Record<string, number>
      usual: Record<string, number>
      requests: object[]
    }
    expect(told).to.nested.include({ ipAddress: FLOODER, 'features.requests': 3_000 })
    expect(Object.keys(told.usual)).to.deep.equal(Object.keys(told.features))
    expect(told.usual.requests).to.be.within(1, 5)
    expect(told.requests).to.have.length(20)
    expect(told.requests[0]).to.include({ ipAddress: FLOODER, status: 404 })
  })

  it('blocks at once whom a person decides to block', async () => {
    await detect()
    expect((await asClient(FLOODER)).status).to.equal(200)
    const response = await review(await idOf(FLOODER), { decision: 'block', for: '1h', note: 'x' })
    expect(await response.json()).to.include({ status: 'blocked', note: 'x', reviewedBy: 'test' })
    expect((await asClient(FLOODER)).status).to.equal(403)

    const blocks = await service.send('/admin/api/blocks', { key })
    const { items } = (await blocks.json()) as { items: { source: string; expiresAt: string }[] }
    expect(items).to.have.length(1)
    expect(items[0]).to.include({ ipAddress: FLOODER, source: 'detection' })
    expect(Date.parse(items[0]!.expiresAt)).to.be.closeTo(Date.now() + 3_600_000, 60_000)
  })

  it('takes the same decision twice, and keeps it when the hour is judged again', async () => {
    await detect()
    const id = await idOf(PROBER)
    for (const _ of [1, 2]) expect((await review(id, { decision: 'dismiss' })).status).to.equal(200)
    await detect()
    const item = (await list(`?ip=${PROBER}`)).items[0]
    expect(item).to.include({ id, status: 'dismissed' })

    const audit = await service.database.knex('audit_log').where({ action: 'suspicious.dismiss' })
    expect(audit[0]).to.include({ actor: 'test', subject: PROBER })
  })

  it('never flags an allowed address again, and refuses to block it', async () => {
    await detect()
    const id = await idOf(FLOODER)
    expect((await review(id, { decision: 'allow' })).status).to.equal(200)
    const refused = await review(id, { decision: 'block' })
    expect(refused.status).to.equal(409)
    expect((await asClient(FLOODER)).status).to.equal(200)

    await service.database.knex('suspicious_ips').delete()
    await detect()
    expect((await list()).items.map(({ ipAddress }) => ipAddress)).to.deep.equal([PROBER])
  })

  it('refuses to block what everybody comes through', async () => {
    const { knex } = service.database
    await store(knex, visits(101, 1, { address: '127.0.0.1', timestamp: Date.parse(HOUR) }))
    await detect()
    const id = await idOf('127.0.0.1')
    const refused = await review(id, { decision: 'block' })
    expect(refused.status).to.equal(409)
    expect((await list('?ip=127.0.0.1')).items[0]).to.include({ status: 'open' })
  })

  it('answers wrong wishes with what is wrong', async () => {
    expect((await review(999_999, { decision: 'block' })).status).to.equal(404)
    expect((await review('x', { decision: 'block' })).status).to.equal(404)
    expect((await review(1, { decision: 'ban' })).status).to.equal(400)
    expect((await review(1, { decision: 'allow', for: '1h' })).status).to.equal(400)
    expect((await review(1, { decision: 'block', for: 'long' })).status).to.equal(400)
    expect((await detect('yesterday')).status).to.equal(400)
    expect((await detect('2999-01-01T00:00:00Z')).status).to.equal(400)
  })

  it('is for admins', async () => {
    const checker = await service.key('check')
    const paths = ['/admin/api/suspicious', '/admin/api/suspicious/1']
    for (const path of paths) {
      expect((await service.send(path)).status).to.equal(401)
      expect((await service.send(path, { key: checker })).status).to.equal(403)
    }
    for (const path of ['/admin/api/suspicious/1/review', '/admin/api/detection/run']) {
      const asked = { method: 'POST', json: {} }
      expect((await service.send(path, asked)).status).to.equal(401)
      expect((await service.send(path, { ...asked, key: checker })).status).to.equal(403)
    }
  })

  it('judges the running hour too, and once more when it is over', async () => {
    const now = Date.now()
    await store(service.database.knex, visits(101, 0, { address: USER, timestamp: now }))
    expect((await detect(new Date(now).toISOString())).status).to.equal(200)
    expect((await list(`?ip=${USER}`)).items).to.have.length(1)
  })
})
