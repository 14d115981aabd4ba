import { readdir, readFile, writeFile } from 'node:fs/promises'
import { join } from 'node:path'
import { expect } from 'chai'
import { bindModels } from '../../models'
import { staysInOneHour } from '../support/clock'
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
    for (const address of [SUBJECT, '198.51.100.8']) await visit(address)
  })
  after(() => service.stop())

  const visit = (address: string) =>
    service.send('/.env?id=1', { headers: { 'x-forwarded-for': address } })
  const act = (path: string, json: object, method = 'POST') =>
    service.send(`/admin/api/${path}`, { method, key: admin, json })

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

  it('is told what the database has refused, too', async () => {
    const record = JSON.stringify([SUBJECT, Date.now(), 'GET', '/refused'])
    const kept = { at: new Date().toISOString(), reason: 'refused', record }
    const others = { ...kept, record: record.replace(SUBJECT, '198.51.100.8') }
    const file = join(service.dataDir, 'spool/quarantine.ndjson')
    await writeFile(file, `${JSON.stringify(kept)}\n${JSON.stringify(others)}\n`)
    const [, copy] = await subject()
    expect((copy as { quarantined: object[] }).quarantined).to.deep.equal([kept])
  })

  it('is erased from everything but a running block, and from nothing of others', async () => {
    const models = bindModels(service.database.knex)
    await act('blocks', { ipAddress: SUBJECT, reason: 'x' })
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
    const quarantine = await readFile(join(service.dataDir, 'spool/quarantine.ndjson'), 'utf8')
    expect(quarantine).to.match(/^.*198\.51\.100\.8.*\n$/)

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

  it('is in no table and no file afterwards, whatever was asked and decided about it', async () => {
    const { knex } = service.database
    await staysInOneHour(30_000)
    await visit(SUBJECT)
    for (const question of [`/v1/check/${SUBJECT}`, `/admin/api/requests?ip=${SUBJECT}`]) {
      await service.send(question, { key: admin })
    }
    const hour = new Date(Math.floor(Date.now() / 3_600_000) * 3_600_000).toISOString()
    await act('detection/run', { hour })
    const { items } = (await (
      await service.send(`/admin/api/suspicious?ip=${SUBJECT}`, { key: admin })
    ).json()) as { items: { id: number }[] }
    const normal = { path: '/.env' }
    await act(`suspicious/${items[0]!.id}/review`, { decision: 'dismiss', normal })
    await act('blocks', { ipAddress: SUBJECT, reason: `it is ${SUBJECT}` })
    await service.send(`/admin/api/blocks/${await blockId()}`, { key: admin, method: 'DELETE' })
    await act(`suspicious/${items[0]!.id}/review`, { decision: 'allow', note: `${SUBJECT} may` })
    await knex('campaigns').insert({
      ...{ id: 'c', kind: 'hunt', title: 'x', severity: 'low' },
      ...{ first_seen: hour, last_seen: hour },
    })
    await knex('campaign_members').insert({
      ...{ campaign_id: 'c', window_start: hour, ip_address: SUBJECT, requests: 1 },
    })
    await knex('audit_log').insert({
      ...{ actor: 'ann', action: 'campaign.block', ip_address: SUBJECT },
      details: JSON.stringify({ networks: [SUBJECT, '203.0.113.0/24'] }),
    })
    await knex('exceptions').insert({
      ...{
        network: SUBJECT,
        path: '/x',
        reason: SUBJECT,
        made_by: 'ann',
        expires_at: '2100-01-01',
      },
    })
    const tables = async () => (await tablesWith(SUBJECT)).sort()
    expect(await tables()).to.include.members(['allowed_networks', 'suspicious_ips', 'exceptions'])
    expect(await tables()).to.include.members(['blocklist_changes', 'campaign_members'])

    const [, erased] = await subject({ method: 'DELETE' })
    expect(erased).to.include({ requests: 1, findings: 1, allowed: 1, campaigns: 1, exceptions: 1 })
    expect(erased).to.include({ blockKept: false })
    await eventually('the request that erased it is stored', async () => {
      const { RequestLog } = bindModels(knex)
      return (await RequestLog.query().where({ method: 'DELETE' }).resultSize()) > 2
    })
    expect(await tables()).to.deep.equal([])
    await eventually('no file has it', async () => !(await filesWith(SUBJECT)))
  })

  const blockId = async () => {
    const { BlockedIP } = bindModels(service.database.knex)
    return (await BlockedIP.query().findOne('ip_address', SUBJECT))!.id
  }

  /** The tables with a row in which `text` stands, in whatever column. */
  async function tablesWith(text: string): Promise<string[]> {
    const { knex } = service.database
    const { rows } = await knex.raw<{ rows: { name: string }[] }>(
      `select relname as name from pg_class
        where relkind in ('r', 'p') and not relispartition
          and relnamespace = current_schema()::regnamespace`,
    )
    const found: string[] = []
    for (const { name } of rows) {
      const row = await knex.raw('select from ?? as t where t::text like ? limit 1', [
        name,
        `%${text}%`,
      ])
      if (row.rowCount > 0) found.push(name)
    }
    return found
  }

  /** Whether `text` stands in a file of the service. */
  async function filesWith(text: string): Promise<boolean> {
    const files = await readdir(service.dataDir, { recursive: true, withFileTypes: true })
    const names = files
      .filter((file) => file.isFile())
      .map((file) => join(file.parentPath, file.name))
    const texts = await Promise.all(names.map((name) => readFile(name, 'latin1').catch(() => '')))
    return texts.some((one) => one.includes(text))
  }

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
