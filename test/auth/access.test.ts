import { expect } from 'chai'
import { bindModels, type Models } from '../../models'
import { AccountConflict, Accounts } from '../../src/auth/accounts'
import { Passwords } from '../../src/auth/passwords'
import { eventually } from '../support/eventually'
import { cookieOf, PASSWORD } from '../support/people'
import { startTestService, type TestService } from '../support/service'

const ADA = 'ada@example.org'
const BOB = 'bob@example.org'
const OTHER_PASSWORD = 'another horse battery staple'

interface Item {
  [name: string]: unknown
  id: number
}

describe('who may come in', () => {
  let service: TestService
  let models: Models
  let accounts: Accounts

  before(async () => {
    service = await startTestService({
      RATE_LIMITS: 'gold=100/1m key',
      LOGIN_LIMIT_ANONYMOUS: '1000',
      LOGIN_LIMIT_AUTHENTICATED: '1000',
    })
    models = bindModels(service.database.knex)
    accounts = new Accounts(models, new Passwords())
  })
  beforeEach(async () => {
    await models.Account.query().delete()
    await models.AuditEntry.query().delete()
    await accounts.add(ADA, PASSWORD, 'admin')
  })
  after(async () => {
    await models.Account.query().delete()
    await service.stop()
  })

  it('is decided by admins: accounts are added, given a role and removed', async () => {
    const ada = await signIn(ADA)
    const added = await ada('POST', '/admin/api/accounts', {
      email: 'Bob@Example.org',
      password: PASSWORD,
      role: 'viewer',
    })
    expect(added.status).to.equal(201)
    const bob = (await added.json()) as Item
    expect(bob).to.include({ email: BOB, role: 'viewer' }).and.not.have.property('passwordHash')
    expect((await items(ada, '/admin/api/accounts')).map(({ email }) => email)).to.deep.equal([
      ADA,
      BOB,
    ])

    const changed = await ada('PATCH', `/admin/api/accounts/${bob.id}`, { role: 'admin' })
    expect(await changed.json()).to.include({ role: 'admin' })
    expect((await ada('DELETE', `/admin/api/accounts/${bob.id}`)).status).to.equal(204)
    expect((await ada('DELETE', `/admin/api/accounts/${bob.id}`)).status).to.equal(404)

    const log = await items(ada, `/admin/api/audit?action=account&subject=${BOB}`)
    expect(log.map(({ actor, action }) => `${actor} ${action}`)).to.deep.equal([
      `${ADA} account.delete`,
      `${ADA} account.set-role`,
      `${ADA} account.create`,
    ])
    expect(log[0]).to.include({ ipAddress: '127.0.0.1' })
  })

  it('is told what is wrong with an order', async () => {
    const ada = await signIn(ADA)
    const orders: [order: object, status: number][] = [
      [{ email: ADA, password: PASSWORD, role: 'admin' }, 409],
      [{ email: 'nobody', password: PASSWORD, role: 'admin' }, 400],
      [{ email: BOB, password: 'short', role: 'admin' }, 400],
      [{ email: BOB, password: PASSWORD, role: 'root' }, 400],
      [{ email: BOB, password: PASSWORD }, 400],
    ]
    for (const [order, status] of orders) {
      const answer = await ada('POST', '/admin/api/accounts', order)
      expect(answer.status, JSON.stringify(order)).to.equal(status)
      expect(await answer.json()).to.have.property('detail')
    }
    expect((await ada('PATCH', '/admin/api/accounts/x', { role: 'admin' })).status).to.equal(404)
  })

  it('always leaves an admin, also when two take each other’s role away at once', async () => {
    const { id } = await models.Account.query().first().throwIfNotFound()
    const ada = await signIn(ADA)
    expect((await ada('DELETE', `/admin/api/accounts/${id}`)).status).to.equal(409)
    expect((await ada('PATCH', `/admin/api/accounts/${id}`, { role: 'viewer' })).status).to.equal(
      409,
    )

    const bob = await accounts.add(BOB, PASSWORD, 'admin')
    const results = await Promise.allSettled([
      accounts.setRole(id, 'viewer', { by: BOB }),
      accounts.remove(bob.id, { by: ADA }),
    ])
    const refused = results.flatMap((one) => (one.status === 'rejected' ? [one.reason] : []))
    expect(refused).to.have.length(1)
    expect(refused[0]).to.be.instanceOf(AccountConflict)
    expect(await models.Account.query().where({ role: 'admin' })).to.have.length(1)
  })

  it('lets viewers look, and change only what is theirs', async () => {
    const { id } = await accounts.add(BOB, PASSWORD, 'viewer')
    const bob = await signIn(BOB)
    for (const path of ['accounts', 'keys', 'audit', 'sessions']) {
      expect((await bob('GET', `/admin/api/${path}`)).status, path).to.equal(200)
    }
    const order = { name: 'app', scopes: ['admin'] }
    expect((await bob('POST', '/admin/api/keys', order)).status).to.equal(403)
    expect((await bob('PATCH', `/admin/api/accounts/${id}`, { role: 'admin' })).status).to.equal(
      403,
    )
    expect((await bob('DELETE', `/admin/api/accounts/${id}`)).status).to.equal(403)
    const words = { current: PASSWORD, new: OTHER_PASSWORD }
    expect((await bob('POST', '/admin/api/password', words)).status).to.equal(204)
    await signIn(BOB, OTHER_PASSWORD)
  })

  it('lists sessions, one’s own or all, and ends them', async () => {
    await accounts.add(BOB, PASSWORD, 'viewer')
    const bob = await signIn(BOB)
    const ada = await signIn(ADA, PASSWORD, { 'user-agent': 'Browser \u009b' })
    const elsewhere = await signIn(ADA)

    const own = await items(ada, '/admin/api/sessions')
    expect(own.map(({ email }) => email)).to.deep.equal([ADA, ADA])
    const [current] = own.filter(({ isCurrent }) => isCurrent)
    expect(current).to.include({ ipAddress: '127.0.0.0/24', userAgent: 'Browser \\x9b' })
    const all = await items(ada, '/admin/api/sessions?all=true')
    expect(all).to.have.length(3)
    expect(await items(bob, '/admin/api/sessions?all=true')).to.have.length(1)

    const other = own.find(({ isCurrent }) => !isCurrent)!
    expect((await bob('DELETE', `/admin/api/sessions/${other.id}`)).status).to.equal(404)
    expect((await ada('DELETE', `/admin/api/sessions/${other.id}`)).status).to.equal(204)
    expect((await elsewhere('GET', '/admin/api/sessions')).status).to.equal(401)
    const ofBob = all.find(({ email }) => email === BOB)!
    expect((await ada('DELETE', `/admin/api/sessions/${ofBob.id}`)).status).to.equal(204)
    expect((await bob('GET', '/admin/api/sessions')).status).to.equal(401)
  })

  it('changes a password for who knows the old one, and ends the other sessions', async () => {
    const elsewhere = await signIn(ADA)
    const ada = await signIn(ADA)
    const wrong = { current: 'wrong horse battery staple', new: OTHER_PASSWORD }
    expect((await ada('POST', '/admin/api/password', wrong)).status).to.equal(403)
    const weak = { current: PASSWORD, new: 'short' }
    expect((await ada('POST', '/admin/api/password', weak)).status).to.equal(400)

    const right = { current: PASSWORD, new: OTHER_PASSWORD }
    expect((await ada('POST', '/admin/api/password', right)).status).to.equal(204)
    expect((await ada('GET', '/session')).status).to.equal(200)
    expect((await elsewhere('GET', '/session')).status).to.equal(401)
    await signIn(ADA, OTHER_PASSWORD)
  })

  it('makes keys that are shown once, and revokes them at once', async () => {
    const ada = await signIn(ADA)
    const order = { name: 'shop', scopes: ['check'], tier: 'gold' }
    const answer = await ada('POST', '/admin/api/keys', order)
    expect(answer.status).to.equal(201)
    const { key, ...made } = (await answer.json()) as Item & { key: string }
    expect(made).to.include({ name: 'shop', tier: 'gold' })
    expect(key.startsWith(`${made.prefix}_`)).to.equal(true)
    await eventually('the key is valid', async () => {
      return (await service.send('/v1/check/192.0.2.1', { key })).status === 200
    })

    const listed = (await items(ada, '/admin/api/keys')).find(({ id }) => id === made.id)
    expect(listed).to.include({ name: 'shop' })
    expect(JSON.stringify(listed)).to.not.include(key.slice(-20))
    expect((await ada('DELETE', `/admin/api/keys/${made.id}`)).status).to.equal(204)
    expect((await ada('DELETE', `/admin/api/keys/${made.id}`)).status).to.equal(404)
    await eventually('the key is revoked', async () => {
      return (await service.send('/v1/check/192.0.2.1', { key })).status === 401
    })
    const log = await items(ada, '/admin/api/audit?action=key')
    expect(log.map(({ action }) => action)).to.deep.equal(['key.revoke', 'key.create'])
    expect(JSON.stringify(log)).to.not.include(key.slice(-20))

    const wrong = { name: 'shop', scopes: ['check'], tier: 'silver' }
    expect((await ada('POST', '/admin/api/keys', wrong)).status).to.equal(400)
    expect((await ada('POST', '/admin/api/keys', { name: 'x', scopes: [] })).status).to.equal(400)
  })

  it('binds a key to another tier, in force at once, and back to the default one', async () => {
    const ada = await signIn(ADA)
    const order = { name: 'shop', scopes: ['check'], tier: 'none' }
    const made = (await (await ada('POST', '/admin/api/keys', order)).json()) as Item & {
      key: string
    }
    const policy = async () => {
      const answer = await service.send('/v1/check/192.0.2.1', { key: made.key })
      return answer.headers.get('ratelimit-policy')
    }
    const { tiers } = (await (await ada('GET', '/admin/api/keys')).json()) as { tiers: string[] }
    expect(tiers).to.deep.equal(['gold', 'none'])
    const path = `/admin/api/keys/${made.id}`
    const bound = await ada('PATCH', path, { tier: 'gold' })
    expect(await bound.json()).to.include({ id: made.id, name: 'shop', tier: 'gold' })
    await eventually('it is counted', async () => (await policy()) === '"gold";q=100;w=60')
    expect((await ada('PATCH', path, { tier: 'none' })).status).to.equal(200)
    await eventually('it is not', async () => (await policy()) === null)
    expect(await (await ada('PATCH', path, { tier: null })).json()).to.include({ tier: null })

    for (const change of [
      { tier: 'silver' },
      {},
      { tier: 5 },
      { tier: 'gold', scopes: ['admin'] },
    ]) {
      expect((await ada('PATCH', path, change)).status, JSON.stringify(change)).to.equal(400)
    }
    const log = await items(ada, '/admin/api/audit?action=key.set-tier&subject=shop')
    const told = log.map(({ actor, details }) => {
      const { before, tier } = details as { before: string; tier: string }
      return [actor, before, tier]
    })
    expect(told).to.deep.equal([
      [ADA, 'none', null],
      [ADA, 'gold', 'none'],
      [ADA, 'none', 'gold'],
    ])
    await ada('DELETE', path)
    expect((await ada('PATCH', path, { tier: 'gold' })).status).to.equal(404)
  })

  it('keeps changes from pages of other sites', async () => {
    const ada = await signIn(ADA, PASSWORD, { 'sec-fetch-site': 'cross-site' }, 'same-origin')
    const order = { name: 'shop', scopes: ['admin'] }
    expect((await ada('POST', '/admin/api/keys', order)).status).to.equal(403)
    const words = { current: PASSWORD, new: OTHER_PASSWORD }
    expect((await ada('POST', '/admin/api/password', words)).status).to.equal(403)
  })

  it('gives the history page by page', async () => {
    const ada = await signIn(ADA)
    for (const name of ['one', 'two', 'three']) {
      await ada('POST', '/admin/api/keys', { name, scopes: ['check'] })
    }
    const seen: unknown[] = []
    let cursor = ''
    do {
      const answer = await ada('GET', `/admin/api/audit?action=key.create&limit=2${cursor}`)
      const page = (await answer.json()) as { items: Item[]; next: string | null }
      seen.push(...page.items.map(({ subject }) => subject))
      cursor = page.next ? `&cursor=${page.next}` : ''
    } while (cursor)
    expect(seen).to.deep.equal(['three', 'two', 'one'])
    expect((await ada('GET', '/admin/api/audit?action=%27')).status).to.equal(400)
  })

  type Person = (method: string, path: string, json?: unknown) => Promise<Response>

  async function signIn(
    email: string,
    password = PASSWORD,
    headers: Record<string, string> = {},
    site = headers['sec-fetch-site'],
  ): Promise<Person> {
    const atDoor = { ...headers, ...(site && { 'sec-fetch-site': site }) }
    const answer = await service.send('/login', {
      method: 'POST',
      json: { email, password },
      headers: atDoor,
    })
    expect(answer.status).to.equal(200)
    const cookie = cookieOf(answer)
    return (method, path, json) => {
      return service.send(path, { method, json, headers: { ...headers, cookie } })
    }
  }

  async function items(person: Person, path: string): Promise<Item[]> {
    const answer = await person('GET', path)
    expect(answer.status).to.equal(200)
    return ((await answer.json()) as { items: Item[] }).items
  }
})
