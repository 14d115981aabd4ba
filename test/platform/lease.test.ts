import { expect } from 'chai'
import { Lease } from '../../src/platform/lease'
import { type TestDatabase, testDatabase } from '../support/database'

describe('a lease', () => {
  let database: TestDatabase
  before(async () => {
    database = await testDatabase()
  })
  beforeEach(() => database.clean())

  it('has one holder, however many ask at once', async () => {
    const leases = Array.from({ length: 8 }, () => new Lease(database.knex, 'work'))
    const held = await Promise.all(leases.map((lease) => lease.hold()))
    expect(held.filter(Boolean)).to.have.length(1)
    const again = await Promise.all(leases.map((lease) => lease.hold()))
    expect(again).to.deep.equal(held)
    expect(await new Lease(database.knex, 'other work').hold()).to.equal(true)
  })

  it('passes on when it is given back, or when its holder is gone', async () => {
    const [first, second] = [new Lease(database.knex, 'work'), new Lease(database.knex, 'work')]
    expect(await first.hold()).to.equal(true)
    await first.release()
    expect(await second.hold()).to.equal(true)
    await database.knex('leases').update({ until: new Date(Date.now() - 1) })
    expect(await first.hold()).to.equal(true)
    await second.release() // what is somebody else's by now
    expect(await database.knex('leases')).to.have.length(1)
  })
})
