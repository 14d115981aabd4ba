import { expect } from 'chai'
import { BlockHits } from '../../src/blocklist/hits'
import { requireNetwork } from '../../src/net/network'
import { createLogger } from '../../src/platform/logger'
import { testDatabase } from '../support/database'
import { startTestService, type TestService } from '../support/service'

describe('the hits of a block', () => {
  const visitor = '198.51.100.7'
  let service: TestService
  let admin: string
  let check: string

  before(async () => {
    await (await testDatabase()).clean()
    service = await startTestService({ TRUSTED_PROXIES: '127.0.0.1' })
    admin = await service.key('admin')
    check = await service.key('check')
  })
  after(async () => {
    await service?.stop()
    await service?.database.clean()
  })

  const block = (ipAddress: string) =>
    service.send('/admin/api/blocks', { method: 'POST', key: admin, json: { ipAddress } })
  const visit = (ip: string) => service.send('/shop', { headers: { 'x-forwarded-for': ip } })
  const list = async (query = '') => {
    const answer = await service.send(`/admin/api/blocks?${query}`, { key: admin })
    return (
      (await answer.json()) as { items: { ipAddress: string; hits: number; lastHitAt: string }[] }
    ).items
  }
  const hits = async () => {
    return Object.fromEntries((await list()).map((item) => [item.ipAddress, item.hits]))
  }

  it('count every request that it refused, of visitors and of those whom others ask about', async () => {
    await block('198.51.100.0/24')
    await block('203.0.113.9')
    expect(await hits()).to.deep.equal({ '198.51.100.0/24': 0, '203.0.113.9': 0 })

    for (let nth = 0; nth < 3; nth++) expect((await visit(visitor)).status).to.equal(403)
    const json = { ip: visitor, method: 'GET', path: '/' }
    await service.send('/v1/check', { method: 'POST', key: check, json })
    await service.send(`/v1/check/${visitor}`, { key: check })
    const asked = { headers: { 'x-forwarded-for': visitor } }
    expect((await service.send('/v1/forward-auth', asked)).status).to.equal(403)
    expect(await hits()).to.deep.equal({ '198.51.100.0/24': 5, '203.0.113.9': 0 })

    const [, refusing] = await list()
    expect(Date.now() - Date.parse(refusing!.lastHitAt)).to.be.within(-5_000, 60_000)
  })

  it('are in the CSV too', async () => {
    const answer = await service.send('/admin/api/blocks?format=csv', { key: admin })
    const [head, ...lines] = (await answer.text()).trim().split('\r\n')
    expect(head).to.match(/,hits,lastHitAt$/)
    expect(lines.find((line) => line.includes('203.0.113.9'))).to.match(/,0,$/)
  })

  it('begin anew with another block of the same network', async () => {
    await service.send('/admin/api/blocks?ipAddress=198.51.100.0/24', {
      method: 'DELETE',
      key: admin,
    })
    await block('198.51.100.0/24')
    expect((await hits())['198.51.100.0/24']).to.equal(0)
  })

  it('are kept while the database is away, and added once', async () => {
    const { knex } = service.database
    const away = { raw: async () => Promise.reject(new Error('away')) }
    let target: { raw: unknown } = away
    const door = {
      raw: (...asked: unknown[]) => (target.raw as (...a: unknown[]) => unknown)(...asked),
    }
    const counted = new BlockHits(door as never, createLogger('silent'))
    counted.note(requireNetwork('203.0.113.9'))
    await counted.flush()
    counted.note(requireNetwork('203.0.113.9'))
    target = { raw: (sql: string, bindings: never) => knex.raw(sql, bindings) }
    await counted.flush()
    await counted.flush()
    expect((await hits())['203.0.113.9']).to.equal(2)
  })
})
