import { Writable } from 'node:stream'
import { expect } from 'chai'
import { createLogger } from '../../src/platform/logger'
import { openRedis, type RedisConnection } from '../../src/platform/redis'
import { longerThanWait } from '../support/busy-machine'
import { eventually } from '../support/eventually'
import { startRedis, type TestRedis } from '../support/redis'

/** As long as anybody waits for Redis. */
const PATIENCE_MS = 100

describe('RedisConnection', () => {
  let server: TestRedis
  let redis: RedisConnection
  let logged = ''

  const log = createLogger(
    'info',
    new Writable({
      write(chunk, _encoding, done) {
        logged += chunk
        done()
      },
    }),
  )
  const ping = () => redis.run((client) => client.ping())
  /** One after the other: the first may wait for as long as the patience lasts, and no other. */
  const fiftyPings = async () => {
    for (let i = 0; i < 50; i++) await ping().catch(() => {})
  }

  before(async function () {
    server = await startRedis(this)
  })

  after(() => server?.stop())

  beforeEach(async () => {
    logged = ''
    redis = openRedis(server.url, log)
    await eventually('redis is up', () => redis.up)
  })

  afterEach(() => redis.close())

  it('answers, with every key under our prefix', async () => {
    await redis.run((client) => client.set('greeting', 'hello'))
    const keys = await redis.run((client) => client.keys('*'))
    expect(keys).to.deep.equal(['portcullis:greeting'])
  })

  it('takes an error sent by Redis for an answer', async () => {
    const error = await redis.run((client) => client.call('nonsense')).catch((e: Error) => e)
    expect(error).to.match(/unknown command/)
    expect(redis.up).to.equal(true)
  })

  it('keeps nobody waiting while Redis is frozen, and works again afterwards', async () => {
    server.freeze()
    try {
      expect(await longerThanWait(PATIENCE_MS, fiftyPings)).to.be.below(150)
      expect(redis.up).to.equal(false)
      expect(redis.failures).to.equal(50)
    } finally {
      server.thaw()
    }
    await eventually('redis answers again', () => ping().then(Boolean, () => false))
  })

  it('keeps nobody waiting when Redis is killed, and finds it again', async () => {
    await server.kill()
    expect(await longerThanWait(PATIENCE_MS, fiftyPings)).to.be.below(150)
    await server.restart()
    await eventually('redis answers again', () => ping().then(Boolean, () => false))
    expect(logged).to.contain('no answer').and.to.contain('connected')
  })

  it('says nothing about the password, even when Redis refuses it', async () => {
    const url = server.url.replace('redis://', 'redis://somebody:open-sesame@')
    const refused = openRedis(url, log)
    await eventually('the refusal is logged', () => logged.includes('no answer'))
    refused.close()
    expect(logged).not.to.contain('open-sesame')
  })
})

describe('RedisConnection without a server', () => {
  it('opens at once and refuses every call', async () => {
    const redis = openRedis('redis://127.0.0.1:1', createLogger('silent'))
    expect(redis.up).to.equal(false)
    const call = () => redis.run((client) => client.ping())
    expect(await duration(call)).to.be.below(50)
    redis.close()
  })

  it('is given its time once: who asks when that has gone by need not wait again', async () => {
    const redis = openRedis('redis://127.0.0.1:1', createLogger('silent'))
    expect(await redis.met(100)).to.equal(false)
    const later = new Promise((resolve) => setImmediate(resolve, 'later'))
    expect(await Promise.race([redis.met(100), later])).to.equal(false)
    redis.close()
  })
})

async function duration(act: () => Promise<unknown>): Promise<number> {
  const start = performance.now()
  await act().catch(() => {})
  return performance.now() - start
}
