import { once } from 'node:events'
import net from 'node:net'
import { expect } from 'chai'
import { connect, openDatabase } from '../../src/platform/database'
import { createLogger } from '../../src/platform/logger'
import { testDatabase } from '../support/database'

describe('the way to the database', () => {
  let silent: net.Server
  let port: number

  before(async () => {
    silent = net.createServer(() => {}).listen(0, '127.0.0.1')
    await once(silent, 'listening')
    port = (silent.address() as net.AddressInfo).port
  })

  after(() => silent.close())

  it('says which server cannot be used, and keeps the password to itself', async () => {
    const databaseUrl = 'postgresql://me:secret@127.0.0.1:1/shop'
    const log = createLogger('silent')
    const opening = openDatabase({ databaseUrl, dataDir: '', role: 'script', log })
    const error = await opening.catch((failed) => failed)
    expect(error.message).to.match(
      /^cannot use the database at postgresql:\/\/127\.0\.0\.1:1\/shop: .*ECONNREFUSED/,
    )
  })

  it('does not wait for a server that says nothing', async () => {
    const { connection } = await testDatabase()
    const knex = connect(
      {
        ...connection,
        connectionString: `postgresql://127.0.0.1:${port}/shop`,
        connectionTimeoutMillis: 100,
      },
      { max: 1 },
    )
    const started = Date.now()
    const error = await knex.raw('select 1').catch((failed) => failed)
    expect(error.message).to.include('timeout')
    expect(Date.now() - started).to.be.lessThan(2_000)
    await knex.destroy()
  })

  it('gives a query up that takes too long, and works on', async () => {
    const { connection } = await testDatabase()
    const knex = connect({ ...connection, query_timeout: 100 }, { max: 1 })
    const started = Date.now()
    const slow = `select count(*) from generate_series(1, 4000000)`
    const error = await knex.raw(slow).catch((failed) => failed)
    expect(error.message).to.include('timeout')
    expect(Date.now() - started).to.be.lessThan(2_000)
    await knex.destroy()
  })

  it('connects another thread by plain data', async () => {
    const { connection } = await testDatabase()
    const knex = connect(structuredClone(connection), { max: 1 })
    const { rows } = await knex.raw(`select current_setting('timezone') as zone`)
    await knex.destroy()
    expect(rows).to.deep.equal([{ zone: 'UTC' }])
  })
})
