import { gzipSync } from 'node:zlib'
import { expect } from 'chai'
import { bindModels } from '../../models'
import { Accounts } from '../../src/auth/accounts'
import { Passwords } from '../../src/auth/passwords'
import { cookieOf, PASSWORD } from '../support/people'
import { startTestService, type TestService } from '../support/service'

const IMPORT = '/admin/api/blocks/import'

interface Answer {
  added: number
  firstAdded: string[]
  rejected: { lines: number; first: { line: number; reason: string }[] }
  code: string
  detail: string
}

describe('POST /admin/api/blocks/import', () => {
  let service: TestService
  let admin: string

  before(async () => {
    service = await startTestService({ TRUSTED_PROXIES: '127.0.0.1' })
  })
  beforeEach(async () => {
    admin = await service.key('admin')
  })
  afterEach(() => service.database.clean())
  after(() => service?.stop())

  it('puts a list in force by the time it answers', async () => {
    const { status, answer } = await send('?source=drop', '192.0.2.0/24 ; SBL1\n2001:db8::/32\n')
    expect(status).to.equal(200)
    expect(answer).to.deep.include({ source: 'drop', dryRun: false, added: 2, removed: 0, kept: 0 })
    expect((await visit('192.0.2.9')).status).to.equal(403)

    await send('?source=drop', '2001:db8::/32\n')
    expect((await visit('192.0.2.9')).status).to.equal(200)
  })

  it('changes nothing in a dry run', async () => {
    const { answer } = await send('?source=drop&dryRun=true', '192.0.2.0/24')
    expect(answer).to.deep.include({ dryRun: true, added: 1, firstAdded: ['192.0.2.0/24'] })
    expect((await visit('192.0.2.9')).status).to.equal(200)
  })

  it('takes gzip', async () => {
    const { answer } = await send('?source=drop', gzipSync('192.0.2.0/24'))
    expect(answer.added).to.equal(1)
  })

  it('leaves out what guards object to, the address of whoever asks too', async () => {
    const list = ['192.0.2.0/24', '198.51.100.0/24', '127.0.0.1', '0.0.0.0/0', 'nonsense'].join(
      '\n',
    )
    const { answer } = await send('?source=drop', list)
    expect(answer).to.include({ added: 1 })
    expect(answer.rejected.lines).to.equal(4)
    expect(answer.rejected.first.map(({ line }) => line)).to.deep.equal([2, 3, 4, 5])
    expect(answer.rejected.first[0]?.reason).to.include('the address you are coming from')

    const forced = await send('?source=drop&force=true&dryRun=true', '198.51.100.0/24')
    expect(forced.answer.added).to.equal(1)
  })

  const refused: [query: string, body: string | Buffer, status: number, code: string][] = [
    ['?source=x', '', 422, 'empty_list'],
    ['?source=x', '<html>', 422, 'unusable_list'],
    ['?source=x', '[{"value":"192.0.2.1"},{"val', 422, 'cut_off_list'],
    ['', '192.0.2.1', 400, 'invalid'],
    ['?source=x&dryRun=perhaps', '192.0.2.1', 400, 'invalid'],
    ['?source=x', gzipSync('192.0.2.1\n'.repeat(1_000)).subarray(0, 30), 400, 'broken_gzip'],
    ['?source=x', gzipSync(Buffer.alloc(70 * 1024 * 1024)), 413, 'too_large'],
  ]
  for (const [query, body, status, code] of refused) {
    it(`answers ${status} ${code} to ${query} with ${body.length} bytes of a bad list`, async () => {
      const { status: answered, answer } = await send(query, body)
      expect(answered).to.equal(status)
      expect(answer).to.include({ code })
      expect(await service.database.knex('blocked_ips')).to.deep.equal([])
    })
  }

  it('is for admins: persons send a file, which no form of another site can', async () => {
    expect(
      (await service.send(`${IMPORT}?source=x`, { method: 'POST', body: 'x' })).status,
    ).to.equal(401)
    const check = await service.key('check')
    expect((await send('?source=x', '192.0.2.1', { key: check })).status).to.equal(403)

    for (const [role, type, status] of [
      ['admin', 'application/octet-stream', 200],
      ['admin', 'text/plain', 415],
      ['viewer', 'application/octet-stream', 403],
    ] as const) {
      const headers = { cookie: await signIn(role), 'content-type': type }
      const answer = await service.send(`${IMPORT}?source=x`, {
        method: 'POST',
        body: '192.0.2.1',
        headers,
      })
      expect(answer.status, `${role} ${type}`).to.equal(status)
    }
  })

  async function signIn(role: 'admin' | 'viewer'): Promise<string> {
    const accounts = new Accounts(bindModels(service.database.knex), new Passwords())
    const email = `${role}-${Date.now()}@example.org`
    await accounts.add(email, PASSWORD, role)
    const json = { email, password: PASSWORD }
    return cookieOf(await service.send('/login', { method: 'POST', json }))
  }

  async function send(query: string, body: string | Buffer, { key = admin } = {}) {
    const headers = { 'x-forwarded-for': '198.51.100.1', 'content-type': 'text/plain' }
    const response = await service.send(IMPORT + query, { method: 'POST', key, body, headers })
    return { status: response.status, answer: (await response.json()) as Answer }
  }

  function visit(address: string): Promise<Response> {
    return service.send('/livez', { headers: { 'x-forwarded-for': address } })
  }
})
