import type { Server } from 'node:http'
import type { AddressInfo } from 'node:net'
import { expect } from 'chai'
import Koa from 'koa'
import { bindModels } from '../../models'
import { answerErrors } from '../../src/http/errors'
import { createLogger } from '../../src/platform/logger'
import { dayOf, ensurePartitions } from '../../src/request-log/partitions'
import { requestLogRoutes } from '../../src/request-log/routes'
import { type TestDatabase, testDatabase } from '../support/database'

const START = Date.UTC(2024, 5, 1, 23, 59, 50)

/** A page, or a problem. */
interface Answer {
  items: { path: string; timestamp: string }[]
  next: string | null
  detail?: string
}

describe('GET /admin/api/requests', () => {
  let database: TestDatabase
  let server: Server

  before(async () => {
    database = await testDatabase()
    await database.clean()
    await ensurePartitions(database.knex, [dayOf(START), dayOf(START + 20_000)])
    // Two a second, so that times repeat, over midnight.
    const rows = Array.from({ length: 40 }, (_, i) => ({
      ip_address: i % 4 === 0 ? '2001:db8::1' : `192.0.2.${i % 4}`,
      timestamp: new Date(START + Math.floor(i / 2) * 1_000),
      method: 'GET',
      path: i % 2 === 0 ? `/page/${i}` : '/about_us%',
      status: i % 5 === 0 ? 404 : 200,
      source: 'ingest',
    }))
    await database.knex('request_logs').insert(rows)

    const router = requestLogRoutes({
      models: bindModels(database.knex),
      requireAdmin: (_ctx, next) => next(),
    })
    const app = new Koa().use(answerErrors(createLogger('silent'))).use(router.routes())
    server = app.listen(0, '127.0.0.1')
  })

  after(() => server.close())

  async function get(query: string) {
    const { port } = server.address() as AddressInfo
    const answer = await fetch(`http://127.0.0.1:${port}/admin/api/requests?${query}`)
    const { items, next, detail } = (await answer.json()) as Answer
    return { status: answer.status, items, next, detail }
  }

  it('lists the newest first, each with what is known of it', async () => {
    const { items, next } = await get('limit=500')

    expect(items).to.have.length(40)
    expect(next).to.equal(null)
    expect(items[0]).to.deep.equal({
      ipAddress: '192.0.2.3',
      timestamp: '2024-06-02T00:00:09.000Z',
      method: 'GET',
      path: '/about_us%',
      query: '',
      status: 200,
      durationMs: null,
      bytes: null,
      userAgent: '',
      country: null,
      city: null,
      asn: null,
      account: null,
      source: 'ingest',
      refusal: null,
      optedOut: false,
    })
  })

  it('gives each request once, page by page', async () => {
    const seen: string[] = []
    let query = 'limit=7'
    for (;;) {
      const { items, next } = await get(query)
      seen.push(...items.map((item) => JSON.stringify(item)))
      if (next === null) break
      query = `limit=7&cursor=${next}`
    }

    const { items } = await get('limit=500')
    expect(seen).to.deep.equal(items.map((item) => JSON.stringify(item)))
  })

  it('finds by address, network, path, beginning of a path, status and time', async () => {
    const count = async (query: string) => (await get(`${query}&limit=500`)).items.length

    expect(await count('ip=2001:db8::1')).to.equal(10)
    expect(await count('ip=192.0.2.0/24')).to.equal(30)
    expect(await count('path=/page/8')).to.equal(1)
    expect(await count('path=/page/1*')).to.equal(5)
    expect(await count('path=/about_us%25')).to.equal(20)
    expect(await count('path=/about%25')).to.equal(0)
    expect(await count('status=404')).to.equal(8)
    expect(await count('status=4xx')).to.equal(8)
    expect(await count('from=2024-06-02T00:00:00Z')).to.equal(20)
    expect(await count('from=2024-06-01T23:59:55Z&to=2024-06-02T00:00:00Z')).to.equal(10)
    expect(await count('ip=192.0.2.1&status=404&path=/about*')).to.equal(2)
  })

  it('refuses what it does not understand, with a sentence', async () => {
    const refused = [
      'ip=1',
      'ip=192.0.2.1/24',
      'status=abc',
      'from=yesterday',
      'cursor=x',
      'limit=0',
    ]
    for (const query of refused) {
      const { status, detail } = await get(query)
      expect(status, query).to.equal(400)
      expect(detail, query).to.be.a('string')
    }
  })
})
