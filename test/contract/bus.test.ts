import { expect } from 'chai'
import { Client } from 'pg'
import { type Bus, joinBuses, PostgresBus, RedisBus } from '../../src/platform/bus'
import { createLogger } from '../../src/platform/logger'
import { openRedis, type RedisConnection } from '../../src/platform/redis'
import { longerThanWait } from '../support/busy-machine'
import { type TestDatabase, testDatabase } from '../support/database'
import { eventually } from '../support/eventually'
import { startProxy } from '../support/proxy'
import { sharedRedis, startRedis, type TestRedis } from '../support/redis'

const log = createLogger('silent')

/** So long what is said together is one notice. */
const COALESCE_MS = 25

/** Somebody who counts what a bus tells. */
interface Ear {
  bus: Bus
  heard: number
}

/** Starts a bus and counts what it hears, once it does hear. */
async function ear(bus: Bus, topic: string): Promise<Ear> {
  const ear = { bus, heard: 0 }
  bus.subscribe(topic, () => ear.heard++)
  await bus.start()
  await eventually('the bus listens', async () => {
    await bus.publish(topic)
    return ear.heard > 0
  })
  return ear
}

let marks = 0

/** Waits until what was said so far is heard. */
async function allHeard(...ears: Ear[]): Promise<void> {
  for (const { bus } of ears) {
    // Notices are heard in the order in which they were sent: behind this one nothing is old.
    const mark = `mark ${++marks}`
    let isHeard = false
    bus.subscribe(mark, () => {
      isHeard = true
    })
    await eventually('all is heard', async () => {
      await bus.publish(mark)
      return isHeard
    })
  }
}

/** Waits until what the start has said is heard, then begins to count. */
async function quiet(...ears: Ear[]): Promise<void> {
  await allHeard(...ears)
  for (const ear of ears) ear.heard = 0
}

function keepsTheContract(newBus: () => Bus) {
  const buses: Bus[] = []
  const bus = () => {
    buses.push(newBus())
    return buses.at(-1)!
  }

  afterEach(async () => {
    for (const bus of buses.splice(0)) await bus.stop()
  })

  it('tells every instance, the publishing one too, and only those that asked', async () => {
    const [here, there] = [bus(), bus()]
    const [ears, other] = [[await ear(here, 'a'), await ear(there, 'a')], await ear(bus(), 'b')]
    await quiet(...ears, other)

    await here.publish('a')
    await eventually('both heard', () => ears.every(({ heard }) => heard > 0))
    expect(other.heard).to.equal(0)
  })

  it('makes one call of a burst', async () => {
    const listening = bus()
    const burst = await ear(listening, 'burst')
    await quiet(burst)

    const startedAt = performance.now()
    await Promise.all(Array.from({ length: 50 }, () => listening.publish('burst')))
    await eventually('the burst is heard', () => burst.heard > 0)
    await allHeard(burst)
    const tookMs = performance.now() - startedAt
    expect(burst.heard).to.be.within(1, 2 + tookMs / COALESCE_MS)
  })

  it('goes on after a listener that throws', async () => {
    const listening = bus()
    listening.subscribe('faulty', () => {
      throw new Error('a faulty listener')
    })
    const after = await ear(listening, 'faulty')
    await quiet(after)

    await listening.publish('faulty')
    await eventually('the next listener heard', () => after.heard > 0)
  })

  it('is silent once stopped', async () => {
    const [stopped, other] = [bus(), bus()]
    const deaf = await ear(stopped, 'silence')
    const ears = await ear(other, 'silence')
    await quiet(deaf, ears)
    await stopped.stop()

    await other.publish('silence')
    await eventually('the other heard', () => ears.heard > 0)
    expect(deaf.heard).to.equal(0)
  })
}

describe('Bus over Postgres', () => {
  let database: TestDatabase

  before(async () => {
    database = await testDatabase()
  })

  keepsTheContract(() => new PostgresBus(database.knex, database.connection, log))

  it('listens again after a lost connection, and tells everybody that notices may be missing', async () => {
    const { host, port, user, password, database: name } = new Client(database.connection)
    const target = host.startsWith('/') ? { path: `${host}/.s.PGSQL.${port}` } : { host, port }
    const proxy = await startProxy(target)
    const through = { host: '127.0.0.1', port: proxy.port, user, password, database: name }
    const bus = new PostgresBus(database.knex, through, log)
    try {
      const ears = await ear(bus, 'lost')
      await quiet(ears)
      proxy.cut()
      await eventually('everybody is told', () => ears.heard === 1)
      await bus.publish('lost')
      await eventually('a new notice is heard', () => ears.heard === 2)
    } finally {
      await bus.stop()
      await proxy.stop()
    }
  })

  it('starts without a server, and says nothing more once stopped', async () => {
    const nowhere = { host: '127.0.0.1', port: 1 }
    const bus = new PostgresBus(database.knex, nowhere, log)
    await bus.start()
    await bus.stop()
  })
})

describe('Bus over Redis', () => {
  let redis: RedisConnection

  before(async function () {
    redis = openRedis((await sharedRedis(this)).url, log)
    await eventually('redis is up', () => redis.up)
  })

  after(() => redis?.close())

  keepsTheContract(() => new RedisBus(redis, log))
})

describe('Bus over a failing Redis', () => {
  let server: TestRedis
  let redis: RedisConnection
  let bus: Bus

  before(async function () {
    server = await startRedis(this)
  })

  beforeEach(async () => {
    redis = openRedis(server.url, log)
    bus = new RedisBus(redis, log)
    await eventually('redis is up', () => redis.up)
  })

  afterEach(async () => {
    await bus.stop()
    redis.close()
  })

  after(() => server?.stop())

  it('hears again after Redis was killed, and tells everybody that notices may be missing', async () => {
    const ears = await ear(bus, 'lost')
    await quiet(ears)
    await server.kill()
    await bus.publish('lost')
    await server.restart()
    await eventually('everybody is told', () => ears.heard === 1)
    await eventually('redis is up', () => redis.up)
    await bus.publish('lost')
    await eventually('a new notice is heard', () => ears.heard === 2)
  })

  it('keeps no publisher waiting while Redis is frozen', async () => {
    await bus.start()
    server.freeze()
    expect(await longerThanWait(100, () => bus.publish('frozen'))).to.be.below(150)
    server.thaw()
  })
})

describe('joined buses', () => {
  it('hear from each other, with one of them out of order', async () => {
    const { knex, connection } = await testDatabase()
    const redis = openRedis('redis://127.0.0.1:1', log)
    const join = () => joinBuses(new PostgresBus(knex, connection, log), new RedisBus(redis, log))
    const [here, there] = [join(), join()]
    const ears = await ear(there, 'joined')
    await quiet(ears)

    await here.publish('joined')
    await eventually('the other heard', () => ears.heard > 0)
    await there.stop()
    await here.stop()
    redis.close()
  })
})
