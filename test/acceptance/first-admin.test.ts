import { expect } from 'chai'
import { bindModels } from '../../models'
import { cookieOf, PASSWORD } from '../support/people'
import { startTestService, type TestService } from '../support/service'

describe('the first admin', () => {
  let service: TestService

  before(async () => {
    service = await startTestService()
    await bindModels(service.database.knex).Account.query().delete()
  })
  after(async () => {
    await bindModels(service.database.knex).Account.query().delete()
    await service.stop()
  })

  const setUp = (token: string, email: string, password = PASSWORD) =>
    service.send('/setup', { method: 'POST', json: { token, email, password } })

  it('is whoever has the link of the first start, and only the first of them', async () => {
    expect((await setUp('guessed', 'eve@example.org')).status).to.equal(410)
    expect((await setUp(service.setupToken, 'ada@example.org', 'short')).status).to.equal(400)

    const both = await Promise.all([
      setUp(service.setupToken, 'ada@example.org'),
      setUp(service.setupToken, 'bob@example.org'),
    ])
    expect(both.map(({ status }) => status)).to.have.members([201, 410])
    const made = both.find(({ status }) => status === 201)!
    const session = await service.send('/session', { headers: { cookie: cookieOf(made) } })
    expect(await session.json()).to.have.nested.property('account.role', 'admin')
    expect((await setUp(service.setupToken, 'eve@example.org')).status).to.equal(410)
    expect(await bindModels(service.database.knex).Account.query()).to.have.length(1)
  })
})
