import { expect } from 'chai'
import type { Knex } from 'knex'
import { inTime } from '../../src/auth/in-time'
import { Unavailable } from '../../src/platform/unavailable'
import { type TestDatabase, testDatabase } from '../support/database'
import { cookieOf, PASSWORD, type People, startPeople } from '../support/people'

describe('people, while the database is busy with others', () => {
  let database: TestDatabase
  let people: People
  let cookie: string
  let holder: Knex.Transaction

  before(async () => {
    database = await testDatabase()
    await database.clean()
    people = await startPeople(database)
    await people.accounts.add('ada@example.org', PASSWORD, 'admin')
    cookie = cookieOf(await people.logIn('ada@example.org'))
  })
  beforeEach(async () => {
    holder = await database.knex.transaction()
    await holder.raw('lock table sessions, accounts')
  })
  afterEach(() => holder.rollback())
  after(() => people?.stop())

  async function expectUnavailable(answer: Promise<Response>): Promise<void> {
    const startedAt = performance.now()
    const response = await answer
    expect(response.status).to.equal(503)
    expect(await response.json()).to.include({ status: 503, code: 'unavailable' })
    expect(Number(response.headers.get('retry-after'))).to.be.at.least(1)
    expect(performance.now() - startedAt).to.be.below(10_000)
  }

  it('are told so after some seconds with a cookie, wherever they ask', async () => {
    const headers = { cookie }
    await Promise.all(
      ['/session', '/admin', '/key', '/admin/api/whoami'].map((path) =>
        expectUnavailable(fetch(people.url + path, { headers })),
      ),
    )
  })

  it('are told so after some seconds when they sign in or out', async () => {
    await Promise.all([
      expectUnavailable(people.logIn('ada@example.org')),
      expectUnavailable(people.logIn('ada@example.org', PASSWORD, { cookie })),
      expectUnavailable(fetch(`${people.url}/logout`, { method: 'POST', headers: { cookie } })),
    ])
  })
})

describe('inTime', () => {
  it('waits for what takes longer than a second', async () => {
    const slow = new Promise((resolve) => setTimeout(() => resolve('done'), 1_500))
    expect(await inTime(slow)).to.equal('done')
  })

  it('tells a database that cannot be reached from one that answers with an error', async () => {
    const failing = (error: Error) => inTime(Promise.reject(error)).catch((thrown) => thrown)
    const refused = Object.assign(new Error(), { code: 'ECONNREFUSED' })
    const wrong = Object.assign(new Error(), { code: '42P01' })

    expect(await failing(refused)).to.be.instanceOf(Unavailable)
    expect(await failing(wrong)).to.equal(wrong)
  })
})
