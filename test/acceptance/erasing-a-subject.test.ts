import { expect } from 'chai'
import { bindModels } from '../../models'
import { eventually } from '../support/eventually'
import { startTestService, type TestService } from '../support/service'

const SUBJECT = '198.51.100.7'

describe('a person who asks about their address', () => {
  let service: TestService
  let admin: string

  before(async () => {
    service = await startTestService({ TRUSTED_PROXIES: '127.0.0.1' })
    await service.database.clean()
    admin = await service.key('admin')
    for (const address of [SUBJECT, '198.51.100.8']) {
      const target = '/.env?id=1'
      await service.send(target, { headers: { 'x-forwarded-for': address } })
    }
  })
  after(() => service.stop())

  const subject = async (options = {}) => {
    const response = await service.send(`/admin/api/subjects/${SUBJECT}`, {
      key: admin,
      ...options,
    })
    return [response.status, await response.json()] as const
  }

  it('is told what is stored, the last request included', async () => {
    const [status, copy] = await subject()
    expect(status).to.equal(200)
    expect(copy).to.include({ ipAddress: SUBJECT, requestsComplete: true })
    expect((copy as { requests: object[] }).requests).to.have.length(1)
    expect((copy as { requests: object[] }).requests[0]).to.include({ path: '/.env' })
    const { rollUps } = copy as { rollUps: object[] }
    expect(rollUps).to.have.length(1)
    expect(rollUps[0]).to.include({ requests: 1, notFound: 1 })
    const { signatures } = copy as { signatures: object[] }
    expect(signatures).to.have.length(1)
    expect(signatures[0]).to.include({ requests: 1, example: '/.env?id=1' })
  })

  it('is erased from everything but a running block, and from nothing of others', async () => {
    const models = bindModels(service.database.knex)
    await service.send('/admin/api/blocks', {
      method: 'POST',
      key: admin,
      json: { ipAddress: SUBJECT, reason: 'x' },
    })
    const [status, erased] = await subject({ method: 'DELETE' })
    expect(status).to.equal(200)
    // Whether the running hour was judged meanwhile, and so a finding made, is a matter of seconds.
    expect(erased).to.include({ ipAddress: SUBJECT, requests: 1, rollUps: 2, blockKept: true })
    expect(erased).to.include({ exceptions: 0, campaigns: 0, baselineRows: 0 })
    expect(await models.RequestLog.query().where('ip_address', SUBJECT).resultSize()).to.equal(0)
    const rollUpsOf = async (address: string) =>
      (await service.database.knex('address_rollups').where('ip_address', address)).length
    expect(await rollUpsOf(SUBJECT)).to.equal(0)
    const signatures = await service.database.knex('address_signatures').pluck('ip_address')
    expect(signatures).to.not.include(SUBJECT)
    await eventually('the other request is stored', async () => {
      return (
        (await models.RequestLog.query().where('ip_address', '198.51.100.8').resultSize()) === 1
      )
    })
    expect(await rollUpsOf('198.51.100.8')).to.equal(1)

    const audit = await models.AuditEntry.query().findOne('action', 'subject.erase')
    expect(JSON.stringify(audit)).to.not.include(SUBJECT)
  })

  it('is erased from a block that has ended', async () => {
    const { BlockedIP } = bindModels(service.database.knex)
    const expiresAt = new Date(Date.now() - 1_000)
    await BlockedIP.query().where('ip_address', SUBJECT).patch({ expiresAt })

    expect((await subject({ method: 'DELETE' }))[1]).to.include({ blockKept: false })
    expect(await BlockedIP.query().where('ip_address', SUBJECT).resultSize()).to.equal(0)
  })

  it('has to be an address', async () => {
    const response = await service.send('/admin/api/subjects/198.51.100.0%2F24', { key: admin })
    expect(response.status).to.equal(400)
  })

  it('is told by anybody’s request what is stored at all', async () => {
    const text = await service.send('/privacy')
    expect(await text.text()).to.match(/24 hours.*30 days.*DB-IP/s)
    const json = await service.send('/privacy', { headers: { accept: 'application/json' } })
    expect(await json.json()).to.deep.include({
      settings: { ipStorage: 'full', anonymizeAfterHours: 24, retentionDays: 30 },
    })
  })
})
