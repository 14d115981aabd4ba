import { expect } from 'chai'
import { bindModels } from '../../../models'
import { startTestService, type TestService } from '../../support/service'

const OWN = '198.51.100.1'

describe('reviewing a finding', () => {
  let service: TestService
  let key: string

  before(async () => {
    service = await startTestService({ TRUSTED_PROXIES: '127.0.0.1', BLOCK_ESCALATION: '2h' })
    await service.database.clean()
    key = await service.key('admin')
  })
  after(async () => {
    await service?.database.clean()
    await service?.stop()
  })

  it('asks the guards before it blocks, and can be forced', async () => {
    const refused = await review(OWN, { decision: 'block' })
    expect(refused.status).to.equal(409)
    expect(await refused.json()).to.include({ code: 'refused', guard: 'own-address' })
    expect(await service.database.knex('blocked_ips')).to.deep.equal([])

    expect((await review(OWN, { decision: 'block', force: true })).status).to.equal(200)
    const block = await service.send(`/admin/api/blocks?ipAddress=${OWN}`, {
      method: 'DELETE',
      key,
    })
    expect(block.status).to.equal(204)
  })

  it('blocks for longer each time, when asked to', async () => {
    const answer = await review('203.0.113.7', { decision: 'block', for: 'escalate' })
    expect(answer.status).to.equal(200)
    const [row] = await bindModels(service.database.knex).BlockedIP.query()
    expect(row?.expiresAt?.getTime()).to.be.closeTo(Date.now() + 2 * 3_600_000, 60_000)
    expect(row).to.include({ ipAddress: '203.0.113.7', source: 'detection' })
  })

  async function review(ipAddress: string, json: object): Promise<Response> {
    const hour = new Date(Date.now() - 3_600_000)
    const found = await bindModels(service.database.knex)
      .SuspiciousIP.query()
      .insert({ ipAddress, windowStart: hour, risk: 0.9, severity: 'high', reason: 'x' })
      .onConflict(['ip_address', 'window_start'])
      .merge()
      .returning('id')
    const { id } = found as unknown as { id: number }
    const headers = { 'x-forwarded-for': OWN }
    return service.send(`/admin/api/suspicious/${id}/review`, {
      method: 'POST',
      key,
      json,
      headers,
    })
  }
})
