import { setTimeout as sleep } from 'node:timers/promises'
import { expect } from 'chai'
import { createLogger } from '../../src/platform/logger'
import { openRedis, type RedisConnection } from '../../src/platform/redis'
import { LimiterStore } from '../../src/rate-limit/store'
import { inOneGo, longerThanWait } from '../support/busy-machine'
import { eventually } from '../support/eventually'
import { startRedis, type TestRedis } from '../support/redis'

const MINUTE_MS = 60_000
let keys = 0
const newKey = () => `key-${++keys}`
const one = (id: string, quota: number) => [{ table: 'test', id, quota }]

/** How many of `times` hits at once are allowed, spread over the stores. */
async function allowed(stores: LimiterStore[], key: string, times: number, quota = 5) {
  const hits = Array.from({ length: times }, (_, i) =>
    stores[i % stores.length]!.hit(one(key, quota), MINUTE_MS),
  )
  return (await Promise.all(hits)).filter(({ remaining }) => remaining > 0).length
}

function limits(newStore: () => LimiterStore) {
  it('allows exactly the quota of many at once', async () => {
    expect(await allowed([newStore()], newKey(), 100)).to.equal(5)
  })

  it('counts each key for itself', async () => {
    const store = newStore()
    expect(await allowed([store], newKey(), 10)).to.equal(5)
    expect(await allowed([store], newKey(), 10)).to.equal(5)
  })

  it('counts down, and says when one more is allowed', async () => {
    const [store, key] = [newStore(), newKey()]
    const first = await store.hit(one(key, 2), MINUTE_MS)
    const second = await store.hit(one(key, 2), MINUTE_MS)
    const refused = await store.hit(one(key, 2), MINUTE_MS)
    expect([first.remaining, second.remaining, refused.remaining]).to.deep.equal([2, 1, 0])
    for (const { resetMs } of [first, second, refused]) expect(resetMs).to.be.within(59_000, 60_000)
  })

  it('lets one hit in for each that leaves the window, and counts no refused ones', async () => {
    const store = newStore()
    // Done sooner than this, only the first hit has left the window in the end.
    await inOneGo(900, async () => {
      const key = newKey()
      const hit = async () => (await store.hit(one(key, 2), 600)).remaining
      await hit()
      await sleep(400)
      await hit()
      expect(await hit()).to.equal(0)
      await sleep(300)
      expect(await hit()).to.equal(1)
      expect(await hit()).to.equal(0)
    })
  })

  it('counts large quotas as strictly', async () => {
    const [store, key] = [newStore(), newKey()]
    expect(await allowed([store], key, 300, 250)).to.equal(250)
    const { remaining, resetMs } = await store.hit(one(key, 250), MINUTE_MS)
    expect(remaining).to.equal(0)
    expect(resetMs).to.be.within(58_000, 63_000)
  })

  it('lets hits in again as the slices of a large quota leave the window', async () => {
    const store = newStore()
    const fill = async () => {
      const key = newKey()
      await Promise.all(Array.from({ length: 200 }, () => store.hit(one(key, 200), 600)))
      const { remaining, resetMs } = await store.hit(one(key, 200), 600)
      expect(remaining).to.equal(0)
      return { key, resetMs }
    }
    const { key, resetMs } = await inOneGo(500, fill)
    await sleep(resetMs + 5)
    expect((await store.hit(one(key, 200), 600)).remaining).to.be.above(0)
  })

  it('counts a hit everywhere or nowhere', async () => {
    const [store, narrow, other, wide] = [newStore(), newKey(), newKey(), newKey()]
    const hit = async (...counters: { table: string; id: string; quota: number }[]) =>
      (await store.hit(counters, MINUTE_MS)).remaining
    const inWide = [...one(narrow, 2), ...one(wide, 3)]
    expect([await hit(...inWide), await hit(...inWide), await hit(...inWide)]).to.deep.equal([
      2, 1, 0,
    ])
    expect(await hit(...one(other, 2), ...one(wide, 3))).to.equal(1)
    expect(await hit(...one(other, 2), ...one(wide, 3))).to.equal(0)
    expect(await hit(...one(other, 2))).to.equal(1)
  })
}

describe('LimiterStore in memory', () => {
  limits(() => new LimiterStore())
})

describe('LimiterStore in Redis', () => {
  let server: TestRedis
  const opened: RedisConnection[] = []

  async function connect(): Promise<RedisConnection> {
    const redis = openRedis(server.url, createLogger('silent'))
    opened.push(redis)
    await eventually('redis is up', () => redis.up)
    return redis
  }

  async function fourStores(): Promise<LimiterStore[]> {
    const connections = await Promise.all(Array.from({ length: 4 }, connect))
    return connections.map((redis) => new LimiterStore(redis))
  }

  before(async function () {
    server = await startRedis(this)
    await connect()
  })

  afterEach(() => {
    for (const redis of opened.splice(1)) redis.close()
  })

  after(async () => {
    opened[0]?.close()
    await server?.stop()
  })

  limits(() => new LimiterStore(opened[0]))

  it('allows exactly the quota of 400 at once on four instances', async () => {
    expect(await allowed(await fourStores(), newKey(), 400)).to.equal(5)
  })

  it('leaves nothing behind in Redis after the window', async () => {
    const exists = (key: string) => {
      return opened[0]!.run((redis) => redis.exists(`limit:log:test:${key}`))
    }
    const key = await inOneGo(100, async () => {
      const key = newKey()
      await new LimiterStore(opened[0]).hit(one(key, 5), 100)
      expect(await exists(key)).to.equal(1)
      return key
    })
    await sleep(150)
    expect(await exists(key)).to.equal(0)
  })

  it('hands out no fresh quota when Redis fails', async () => {
    const [store, key] = [new LimiterStore(await connect()), newKey()]
    expect(await allowed([store], key, 3)).to.equal(3)
    server.freeze()
    try {
      expect(await allowed([store], key, 10)).to.equal(2)
    } finally {
      server.thaw()
    }
  })

  it('keeps between one and four quotas on four instances while Redis is frozen', async () => {
    const [stores, key] = [await fourStores(), newKey()]
    server.freeze()
    try {
      const addedMs = await longerThanWait(100, async () => {
        expect(await allowed(stores, key, 400)).to.be.within(5, 20)
      })
      expect(addedMs).to.be.below(150)
    } finally {
      server.thaw()
    }
  })

  it('counts in Redis again after it was killed and has come back', async () => {
    const [redis, key] = [await connect(), newKey()]
    const store = new LimiterStore(redis)
    await server.kill()
    expect(await allowed([store], key, 10)).to.equal(5)
    await server.restart()
    await eventually('redis is up', () => redis.up)
    await store.hit(one(newKey(), 5), MINUTE_MS)
    expect(redis.up).to.equal(true)
  })
})
