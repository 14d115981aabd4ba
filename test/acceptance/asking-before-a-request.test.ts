import { expect } from 'chai'
import { eventually } from '../support/eventually'
import { startTestService, type TestService } from '../support/service'

const BLOCKED = '198.51.100.7'
const FREE = '203.0.113.7'

/** As each proxy asks about `POST /order?id=1`. */
const ASKS: Record<string, [path: string, options: RequestInit]> = {
  nginx: ['/nginx', { headers: { 'x-original-method': 'POST', 'x-original-uri': '/order?id=1' } }],
  traefik: [
    '/traefik',
    { headers: { 'x-forwarded-method': 'POST', 'x-forwarded-uri': '/order?id=1' } },
  ],
  haproxy: [
    '/haproxy',
    { headers: { 'x-original-method': 'POST', 'x-original-uri': '/order?id=1' } },
  ],
  caddy: [
    '/caddy',
    { headers: { 'x-forwarded-method': 'POST', 'x-forwarded-uri': '/order?id=1' } },
  ],
  envoy: ['/envoy/order?id=1', { method: 'POST' }],
  'a proxy without a name': [
    '',
    { headers: { 'x-forwarded-method': 'POST', 'x-forwarded-uri': '/order?id=1' } },
  ],
}

describe('another server that asks first', () => {
  let service: TestService
  let key: string

  before(async () => {
    service = await startTestService({ TRUSTED_PROXIES: '127.0.0.1' })
    await service.database.clean()
    key = await service.key('admin', 'check', 'bouncer')
    const json = { ipAddress: BLOCKED, reason: 'test', for: '1h' }
    await service.send('/admin/api/blocks', { method: 'POST', key, json })
  })
  after(() => service.stop())

  function ask(path: string, address: string, { headers, ...options }: RequestInit = {}) {
    const all = { ...(headers as object), 'x-forwarded-for': address }
    return service.send(`/v1/forward-auth${path}`, { ...options, headers: all })
  }

  for (const [proxy, [path, options]] of Object.entries(ASKS)) {
    it(`gets its answer as ${proxy}, and the visit is on record`, async () => {
      const address = `203.0.113.${10 + Object.keys(ASKS).indexOf(proxy)}`
      expect((await ask(path, address, options)).status).to.equal(200)
      expect((await ask(path, BLOCKED, options)).status).to.equal(403)

      await eventually('the visit is stored', async () => {
        const response = await service.send(`/admin/api/requests?ip=${address}`, { key })
        const { items } = (await response.json()) as { items: object[] }
        if (items.length === 0) return false
        expect(items).to.have.length(1)
        expect(items[0]).to.include({
          method: 'POST',
          path: '/order',
          query: 'id=1',
          status: null,
          source: 'forward-auth',
        })
        return true
      })
    })
  }

  it('has what it refused on record as the visit that it was', async () => {
    await eventually('the refused visits are stored', async () => {
      const response = await service.send(`/admin/api/requests?ip=${BLOCKED}`, { key })
      const { items } = (await response.json()) as { items: object[] }
      for (const item of items) {
        expect(item).to.include({ path: '/order', status: 403, source: 'forward-auth' })
      }
      return items.length === Object.keys(ASKS).length
    })
  })

  it('must be one that is known', async () => {
    expect((await ask('/squid', FREE)).status).to.equal(404)
  })

  it('must be trusted or show a key', async () => {
    const stranger = await startTestService()
    try {
      const headers = { 'x-forwarded-for': BLOCKED, 'x-forwarded-uri': '/' }
      expect((await stranger.send('/v1/forward-auth', { headers })).status).to.equal(401)
      expect((await stranger.send('/v1/forward-auth', { headers, key })).status).to.equal(403)
    } finally {
      await stranger.stop()
    }
  })

  it('may ask about an address alone', async () => {
    const of = async (address: string) => {
      const response = await service.send(`/v1/check/${address}`, { key })
      return (await response.json()) as object
    }
    expect(await of(FREE)).to.include({ ipAddress: FREE, verdict: 'allow', expiresAt: null })
    expect(await of(`::ffff:${BLOCKED}`)).to.include({
      ipAddress: BLOCKED,
      verdict: 'block',
      reason: 'test',
    })
  })

  it('may be one of CrowdSec’s bouncers', async () => {
    const pull = async (path: string) => {
      const response = await service.send(path, { headers: { 'x-api-key': key } })
      expect(response.status).to.equal(200)
      return response.json()
    }
    expect(await pull(`/v1/decisions?ip=${FREE}`)).to.equal(null)
    const [decision] = (await pull(`/v1/decisions?ip=${BLOCKED}`)) as Record<string, unknown>[]
    expect(decision).to.include({ value: BLOCKED, scope: 'Ip', type: 'ban', scenario: 'test' })
    expect(decision!.duration).to.match(/^\d+s$/)

    const first = (await pull('/v1/decisions/stream?startup=true')) as { new: object[] }
    expect(first.new).to.have.length(1)
    expect(await pull('/v1/decisions/stream')).to.deep.equal({ new: [], deleted: [] })

    const added = { ipAddress: '2001:db8::/32', reason: 'more' }
    await service.send('/admin/api/blocks', { method: 'POST', key, json: added })
    await service.send(`/admin/api/blocks?ipAddress=${BLOCKED}`, { method: 'DELETE', key })
    const { new: made, deleted } = (await pull('/v1/decisions/stream')) as Record<string, object[]>
    expect(made).to.have.length(1)
    expect(made![0]).to.include({ value: '2001:db8::/32', scope: 'Range' })
    expect(deleted).to.have.length(1)
    expect(deleted![0]).to.include({ value: BLOCKED })
  })
})
