import { expect } from 'chai'
import { bindModels } from '../../models'
import { testDatabase } from '../support/database'
import { eventually } from '../support/eventually'
import { startTestService, type TestService } from '../support/service'

const VISITOR = '198.51.100.7'
const BLOCKED = '198.51.100.8'
/** What a visitor would have to send to be taken for somebody else, if it worked. */
const FORGED = {
  'x-real-ip': '192.0.2.66',
  'x-client-ip': '192.0.2.66',
  'cf-connecting-ip': '192.0.2.66',
  'true-client-ip': '192.0.2.66',
  forwarded: 'for=192.0.2.66',
}

describe('everything that asks for the client sees the same one', () => {
  let service: TestService
  let key: string

  before(async () => {
    // Before the service reads the blocklist: it must not begin with what others have blocked.
    await (await testDatabase()).clean()
    service = await startTestService({ TRUSTED_PROXIES: '::ffff:127.0.0.1', LOG_LEVEL: 'silent' })
    key = await service.key('admin', 'check')
    const json = { ipAddress: BLOCKED }
    await service.send('/admin/api/blocks', { method: 'POST', key, json, headers: from(VISITOR) })
  })
  after(() => service.stop())

  /** As a proxy passes a request on: what the client claimed on the left, its address behind it. */
  function from(address: string) {
    return { ...FORGED, 'x-forwarded-for': `192.0.2.66, ::ffff:${address}` }
  }

  it('whoami', async () => {
    const answer = await service.send('/admin/api/whoami', { key, headers: from(VISITOR) })
    expect(await answer.json()).to.include({ address: VISITOR, peer: '127.0.0.1' })
  })

  it('the blocklist', async () => {
    expect((await service.send('/livez', { headers: from(BLOCKED) })).status).to.equal(403)
    expect((await service.send('/livez', { headers: from(VISITOR) })).status).to.equal(200)
  })

  it('forward-auth', async () => {
    const path = '/v1/forward-auth/nginx'
    expect((await service.send(path, { headers: from(BLOCKED) })).status).to.equal(403)
    expect((await service.send(path, { headers: from(VISITOR) })).status).to.equal(200)
  })

  it('the login limit', async () => {
    const attempt = async (address: string) => {
      const json = { email: 'a@example.com', password: 'wrong' }
      const sent = { method: 'POST', json, headers: from(address) }
      return (await service.send('/login', sent)).status
    }
    const statuses: number[] = []
    for (let i = 0; i < 6; i++) statuses.push(await attempt(VISITOR))
    expect(statuses.slice(0, 5)).to.not.include(429)
    expect(statuses[5]).to.equal(429)
    expect(await attempt('198.51.100.9')).to.not.equal(429)
  })

  it('the request log and the audit log', async () => {
    await service.send('/seen', { headers: from(VISITOR) })
    await eventually(
      'the request is in the log',
      async () => {
        const found = await service.send(`/admin/api/requests?ip=${VISITOR}&path=/seen`, { key })
        return ((await found.json()) as { items: unknown[] }).items.length === 1
      },
      30_000,
    )
    const forged = await service.send('/admin/api/requests?ip=192.0.2.66', { key })
    expect(((await forged.json()) as { items: unknown[] }).items).to.deep.equal([])

    const { AuditEntry } = bindModels(service.database.knex)
    const noted = await AuditEntry.query().where('action', 'block.create').where('subject', BLOCKED)
    expect(noted.map(({ ipAddress }) => ipAddress)).to.deep.equal([VISITOR])
  })
})
