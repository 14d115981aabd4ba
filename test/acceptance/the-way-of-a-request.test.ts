import { expect } from 'chai'
import { eventually } from '../support/eventually'
import { startTestService, type TestService } from '../support/service'

describe('a request', () => {
  let service: TestService
  let admin: string

  before(async () => {
    service = await startTestService({ TRUSTED_PROXIES: '127.0.0.1' })
    await service.database.clean()
    admin = await service.key('admin', 'check', 'ingest')
  })
  after(() => service.stop())

  /** The rows of an address, once there are so many. */
  async function logged(address: string, count: number) {
    let items: Record<string, unknown>[] = []
    await eventually(`${count} requests of ${address} are stored`, async () => {
      const response = await service.send(`/admin/api/requests?ip=${address}`, { key: admin })
      ;({ items } = (await response.json()) as { items: typeof items })
      return items.length >= count
    })
    return items
  }

  it('is in the request log with its answer, whatever it was', async () => {
    const headers = { 'x-forwarded-for': '81.2.69.142', 'user-agent': 'test/1' }
    await service.send('/livez?a=b', { headers })
    await service.send('/nothing-here', { headers })
    await service.send('/admin/api/overview', { headers })

    const rows = await logged('81.2.69.142', 3)
    expect(rows.map(({ path, status }) => [path, status])).to.deep.equal([
      ['/admin/api/overview', 401],
      ['/nothing-here', 404],
      ['/livez', 200],
    ])
    expect(rows[2]).to.include({
      ipAddress: '81.2.69.142',
      method: 'GET',
      query: 'a=b',
      userAgent: 'test/1',
      country: 'GB',
      source: 'service',
    })
    expect(rows[2]!.city).to.be.a('string')
  })

  it('of a blocked address is refused within a second, and recorded', async () => {
    const order = { ipAddress: '198.51.100.0/24', reason: 'tried passwords', for: '1h' }
    const made = await service.send('/admin/api/blocks', {
      method: 'POST',
      json: order,
      key: admin,
    })
    expect(made.status).to.equal(201)
    expect(await made.json()).to.include({
      ipAddress: '198.51.100.0/24',
      reason: 'tried passwords',
    })

    const refused = await service.send('/livez', { headers: { 'x-forwarded-for': '198.51.100.9' } })
    expect(refused.status).to.equal(403)
    expect(refused.headers.get('content-type')).to.match(/^application\/problem\+json/)
    const problem = (await refused.json()) as { code: string; incident: string }
    expect(problem.code).to.equal('blocked')
    expect(problem.incident).to.match(/^\S{6,}$/)

    const [row] = await logged('198.51.100.9', 1)
    expect(row).to.include({ path: '/livez', status: 403 })
  })

  it('of another application is judged and recorded once', async () => {
    const visit = { ip: '::ffff:203.0.113.7', method: 'POST', path: '/order?id=1', userAgent: 'x' }
    const judged = await service.send('/v1/check', { method: 'POST', json: visit, key: admin })
    expect(await judged.json()).to.include({ ipAddress: '203.0.113.7', verdict: 'allow' })

    const rows = await logged('203.0.113.7', 1)
    expect(rows).to.have.length(1)
    expect(rows[0]).to.include({ path: '/order', query: 'id=1', status: null, source: 'check' })
  })

  it('that fails is told as a problem document', async () => {
    const response = await service.send('/v1/check/010.0.0.1', { key: admin })
    expect(response.status).to.equal(400)
    expect(await response.json()).to.include({ status: 400, code: 'invalid_address' })
  })
})
