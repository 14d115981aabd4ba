import { setTimeout as sleep } from 'node:timers/promises'
import { expect } from 'chai'
import { type Cache, MemoryCache, RedisCache } from '../../src/platform/cache'
import { createLogger } from '../../src/platform/logger'
import { openRedis, type RedisConnection } from '../../src/platform/redis'
import { longerThanWait } from '../support/busy-machine'
import { eventually } from '../support/eventually'
import { sharedRedis, startRedis, type TestRedis } from '../support/redis'

function keepsTheContract(cacheOf: () => Cache) {
  it('gives back what was set, in the order asked, and undefined for the rest', async () => {
    const cache = cacheOf()
    await cache.setMany(
      [
        ['a', 'one'],
        ['b', ''],
      ],
      60,
    )
    expect(await cache.getMany(['b', 'missing', 'a'])).to.deep.equal(['', undefined, 'one'])
  })

  it('replaces', async () => {
    const cache = cacheOf()
    await cache.setMany([['r', 'old']], 60)
    await cache.setMany([['r', 'new']], 60)
    expect(await cache.getMany(['r'])).to.deep.equal(['new'])
  })

  it('forgets after the time to live', async () => {
    const cache = cacheOf()
    await cache.setMany([['short', 'lived']], 1)
    expect(await cache.getMany(['short'])).to.deep.equal(['lived'])
    await sleep(1_050)
    expect(await cache.getMany(['short'])).to.deep.equal([undefined])
  })

  it('forgets what it is told to', async () => {
    const cache = cacheOf()
    await cache.setMany([['d', '1'], ['e', '2']], 60) // biome-ignore format: one thought
    expect(await cache.deleteMany(['d', 'missing'])).to.equal(true)
    expect(await cache.getMany(['d', 'e'])).to.deep.equal([undefined, '2'])
  })

  it('takes nothing for an answer', async () => {
    const cache = cacheOf()
    expect(await cache.deleteMany([])).to.equal(true)
    await cache.setMany([], 60)
    expect(await cache.getMany([])).to.deep.equal([])
  })

  it('holds many at once', async () => {
    const cache = cacheOf()
    const entries = Array.from({ length: 500 }, (_, i): [string, string] => [`k${i}`, `v${i}`])
    await cache.setMany(entries, 60)
    const values = await cache.getMany(entries.map(([key]) => key))
    expect(values).to.deep.equal(entries.map(([, value]) => value))
  })
}

describe('Cache in memory', () => {
  keepsTheContract(() => new MemoryCache(1_000))

  it('is bounded, the least recently used goes first', async () => {
    const cache = new MemoryCache(2)
    await cache.setMany([['a', '1'], ['b', '2']], 60) // biome-ignore format: one thought
    await cache.getMany(['a'])
    await cache.setMany([['c', '3']], 60)
    expect(await cache.getMany(['a', 'b', 'c'])).to.deep.equal(['1', undefined, '3'])
  })
})

describe('Cache in Redis', () => {
  let redis: RedisConnection

  before(async function () {
    redis = openRedis((await sharedRedis(this)).url, createLogger('silent'))
    await eventually('redis is up', () => redis.up)
  })

  after(() => redis?.close())

  keepsTheContract(() => new RedisCache(redis))
})

describe('Cache in a failing Redis', () => {
  let server: TestRedis
  let redis: RedisConnection

  before(async function () {
    server = await startRedis(this)
    redis = openRedis(server.url, createLogger('silent'))
    await eventually('redis is up', () => redis.up)
  })

  after(async () => {
    redis?.close()
    await server?.stop()
  })

  it('misses, forgets and counts instead of throwing or waiting', async () => {
    const cache = new RedisCache(redis)
    server.freeze()
    const addedMs = await longerThanWait(100, async () => {
      await cache.setMany([['a', '1']], 60)
      expect(await cache.getMany(['a', 'b'])).to.deep.equal([undefined, undefined])
      expect(await cache.deleteMany(['a']), 'it may still be there').to.equal(false)
    })
    expect(addedMs).to.be.below(150)
    expect(redis.failures).to.equal(3)
  })
})
