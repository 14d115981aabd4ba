import { expect } from 'chai'
import { bindModels } from '../../models'
import { PSEUDONYM_NETWORK } from '../../src/net/pseudonym'
import { Retention } from '../../src/privacy/retention'
import { eventually } from '../support/eventually'
import { startTestService, type TestService } from '../support/service'

const DAY_MS = 86_400_000
const SUBJECT = '198.51.100.7'
const OTHER = '198.51.100.8'

describe('a service that stores pseudonyms (IP_STORAGE=hashed)', () => {
  const services: TestService[] = []
  let admin: string

  before(async () => {
    const settings = { IP_STORAGE: 'hashed', TRUSTED_PROXIES: '127.0.0.1' }
    services.push(await startTestService(settings), await startTestService(settings))
    await services[0]!.database.clean()
    admin = await services[0]!.key('admin')
  })
  after(() => Promise.all(services.map((service) => service.stop())))

  const rows = () => bindModels(services[0]!.database.knex).RequestLog.query()
  const visit = (service: TestService, address: string) =>
    service.send('/seen', { headers: { 'x-forwarded-for': address } })
  const subject = async (method = 'GET') => {
    const answer = await services[0]!.send(`/admin/api/subjects/${SUBJECT}`, { key: admin, method })
    return (await answer.json()) as { requests: unknown; decisions: unknown }
  }

  it('has one pseudonym per address and day, on every instance, and no address', async () => {
    for (const service of services) {
      await visit(service, SUBJECT)
      await visit(service, OTHER)
    }
    await eventually('all are stored', async () => {
      return (await rows().where('path', '/seen').resultSize()) === 4
    })
    const stored = await rows().where('path', '/seen')
    expect(new Set(stored.map(({ ipAddress }) => ipAddress))).to.have.length(2)
    const prefix = PSEUDONYM_NETWORK.replace(/::.*/, ':')
    for (const { ipAddress } of stored)
      expect(ipAddress.startsWith(prefix), ipAddress).to.equal(true)
  })

  it('exports and erases by address while the key of the day exists', async () => {
    const { AuditEntry } = bindModels(services[0]!.database.knex)
    const { ipAddress } = (await rows().where('path', '/seen').orderBy('id').first())!
    await AuditEntry.query().insert({ actor: 'a', action: 'suspicious.allow', subject: ipAddress })
    const copy = await subject()
    expect(copy.requests).to.have.length(2)
    expect(copy.decisions).to.have.length(1)
    expect(await subject('DELETE')).to.include({ requests: 2, decisions: 1 })
    expect(await AuditEntry.query().where('subject', ipAddress).resultSize()).to.equal(0)
    expect(await rows().where('path', '/seen').resultSize()).to.equal(2)
  })

  it('cannot be traced back once the key is deleted', async () => {
    await visit(services[0]!, SUBJECT)
    await eventually('it is stored', async () => {
      return (await rows().where('path', '/seen').resultSize()) === 3
    })
    const { knex } = services[0]!.database
    const retention = new Retention(
      knex,
      { anonymizeAfterHours: 24, retentionDays: 30, auditDays: 365 },
      { info: () => {} },
    )
    expect(await retention.run(new Date(Date.now() + 2 * DAY_MS))).to.include({ pseudonymKeys: 1 })
    expect((await subject()).requests).to.deep.equal([])
  })
})
