import { setTimeout as sleep } from 'node:timers/promises'
import { expect } from 'chai'
import { createLogger } from '../../src/platform/logger'
import { openRedis, type RedisConnection } from '../../src/platform/redis'
import { Delays } from '../../src/rate-limit/delays'
import { eventually } from '../support/eventually'
import { startRedis, type TestRedis } from '../support/redis'

const SCHEDULE = { free: 3, firstWaitMs: 200, longestWaitMs: 500 }
let ids = 0
const newId = () => `somebody ${++ids}`

function slows(newDelays: () => Delays) {
  it('lets the free ones pass at once, however many ask at the same time', async () => {
    const [delays, id] = [newDelays(), newId()]
    const waits = await Promise.all(Array.from({ length: 20 }, () => delays.begin(id, SCHEDULE)))
    expect(waits.filter((waitMs) => waitMs === 0)).to.have.length(3)
    for (const waitMs of waits) expect(waitMs).to.be.within(0, 200)
  })

  it('doubles the wait up to the longest, and one passes after each', async () => {
    const [delays, id] = [newDelays(), newId()]
    let beganAt = 0
    for (let i = 0; i < 3; i++) {
      beganAt = performance.now()
      await delays.begin(id, SCHEDULE)
    }
    for (const expected of [200, 400, 500, 500]) {
      const waitMs = await delays.begin(id, SCHEDULE)
      // Counted from the one that passed; the clocks here and there count in whole milliseconds.
      expect(waitMs).to.be.within(expected - (performance.now() - beganAt) - 2, expected)
      await sleep(waitMs + 5)
      beganAt = performance.now()
      const passed = await Promise.all([1, 2, 3].map(() => delays.begin(id, SCHEDULE)))
      expect(passed.filter((waitMs) => waitMs === 0)).to.have.length(1)
    }
  })

  it('takes back what did not fail', async () => {
    const [delays, id] = [newDelays(), newId()]
    for (let i = 0; i < 10; i++) {
      expect(await delays.begin(id, SCHEDULE)).to.equal(0)
      await delays.forgive(id)
    }
    await delays.forgive(newId())
  })

  it('slows nobody else', async () => {
    const [delays, id] = [newDelays(), newId()]
    for (let i = 0; i < 5; i++) await delays.begin(id, SCHEDULE)
    expect(await delays.begin(newId(), SCHEDULE)).to.equal(0)
  })
}

describe('Delays in memory', () => {
  slows(() => new Delays())
})

describe('Delays in Redis', () => {
  let server: TestRedis
  const opened: RedisConnection[] = []

  before(async function () {
    server = await startRedis(this)
    for (let i = 0; i < 4; i++) opened.push(openRedis(server.url, createLogger('silent')))
    await eventually('redis is up', () => opened.every((redis) => redis.up))
  })
  after(async () => {
    for (const redis of opened) redis.close()
    await server?.stop()
  })

  slows(() => new Delays(opened[0]))

  it('slow together on four instances', async () => {
    const [instances, id] = [opened.map((redis) => new Delays(redis)), newId()]
    const waits = await Promise.all(
      Array.from({ length: 40 }, (_, i) => instances[i % 4]!.begin(id, SCHEDULE)),
    )
    expect(waits.filter((waitMs) => waitMs === 0)).to.have.length(3)
  })

  it('are not forgotten here when Redis fails', async () => {
    const [delays, id] = [new Delays(opened[0]), newId()]
    const slow = { free: 3, firstWaitMs: 60_000, longestWaitMs: 60_000 }
    for (let i = 0; i < 3; i++) await delays.begin(id, slow)
    server.freeze()
    try {
      expect(await delays.begin(id, slow)).to.be.within(50_000, 60_000)
    } finally {
      server.thaw()
    }
  })
})
