import { expect } from 'chai'
import { Redis } from 'ioredis'
import { requireAddress } from '../../src/net/address'
import type { RequestLog } from '../../src/request-log/request-log'
import { type TestDatabase, testDatabase } from '../support/database'
import { eventually } from '../support/eventually'
import { startRedis, type TestRedis } from '../support/redis'
import { seen, startRequestLog, testFolder } from '../support/request-log'

describe('the request log with Redis', () => {
  const folder = testFolder()
  let database: TestDatabase
  let redis: TestRedis
  let requestLog: RequestLog

  before(async function () {
    redis = await startRedis(this)
    database = await testDatabase()
    await database.clean()
    requestLog = startRequestLog(folder.path, database.connection, { REDIS_URL: redis.url })
    // The first one is answered when the writer's thread has started, which may take long.
    await requestLog.drain()
  })

  after(async () => {
    redis?.thaw()
    await requestLog?.stop()
    await redis?.stop()
    folder.remove()
  })

  async function record(last: number) {
    void requestLog.record(seen({ address: requireAddress(`83.149.9.${last}`) }))
    await requestLog.drain(10_000)
  }

  it('remembers places there for 24 hours', async () => {
    const client = new Redis(redis.url)
    let last = 1
    // The first ones may be looked up before the connection stands.
    await eventually('a place is remembered', async () => {
      await record(last++)
      return (await client.dbsize()) > 0
    })
    const [key] = await client.keys('portcullis:place:83.149.9.*')

    expect(JSON.parse((await client.get(key!))!)).to.include({ country: 'RU', city: 'Moscow' })
    expect(await client.ttl(key!)).to.be.within(86_000, 86_400)
    client.disconnect()
  })

  it('writes on, places and all, while it is frozen', async () => {
    redis.freeze()
    await record(200)
    await record(201)

    const countries = await database
      .knex('request_logs')
      .whereIn('ip_address', ['83.149.9.200', '83.149.9.201'])
      .pluck('country')
    expect(countries).to.deep.equal(['RU', 'RU'])
  })
})
