import { once } from 'node:events'
import net from 'node:net'
import { setTimeout as sleep } from 'node:timers/promises'
import { expect } from 'chai'
import { Client } from 'pg'
import { connectWhileUp } from '../../src/platform/database'
import { Lifeline } from '../../src/platform/lifeline'
import { createLogger } from '../../src/platform/logger'
import { Unavailable } from '../../src/platform/unavailable'
import { type TestDatabase, testDatabase } from '../support/database'
import { eventually } from '../support/eventually'
import { startProxy, type Proxy as TestProxy } from '../support/proxy'

describe('Lifeline', () => {
  const log = createLogger('silent')
  let database: TestDatabase
  let proxy: TestProxy
  /** To the database, through a network that can be cut. */
  let through: TestDatabase['connection']
  let lifeline: Lifeline

  before(async () => {
    database = await testDatabase()
  })

  beforeEach(async () => {
    const { host, port, user, database: name } = new Client(database.connection)
    const isSocket = host.startsWith('/')
    proxy = await startProxy(isSocket ? { path: `${host}/.s.PGSQL.${port}` } : { host, port })
    const url = `postgresql://${user}@127.0.0.1:${proxy.port}/${name}`
    through = { ...database.connection, connectionString: url }
    lifeline = new Lifeline(through, log)
  })

  afterEach(async () => {
    await lifeline.stop()
    await proxy.stop()
  })

  it('is up when its start resolves, and after what is prepared', async () => {
    const order: string[] = []
    lifeline.prepareWith(async (client) => {
      await client.query('select 1')
      order.push('prepared')
    })
    lifeline.onUp(() => order.push('up'))
    await lifeline.start(5_000)
    expect(lifeline.up).to.equal(true)
    expect(order).to.deep.equal(['prepared', 'up'])
  })

  it('notices a connection that is only silent, breaks off what waits, and is up again', async () => {
    await lifeline.start(5_000)
    const startedAt = performance.now()
    const broken = lifeline.whileUp(() => sleep(60_000, undefined, { ref: false })).catch((e) => e)
    proxy.stall()
    expect(await broken).to.be.instanceOf(Unavailable)
    expect(performance.now() - startedAt).to.be.below(4_000)

    await eventually('it has dialled again', () => lifeline.up)
    expect(await lifeline.whileUp(async () => 'done')).to.equal('done')
  })

  it('does not take a moment of much work in this process for silence', async () => {
    const slow = new Lifeline(database.connection, log, { askEveryMs: 20 })
    let falls = 0
    slow.onDown(() => falls++)
    await slow.start(5_000)
    for (let i = 0; i < 2; i++) {
      // Longer than a database may be silent, which has answered long before.
      const until = performance.now() + 2_000
      while (performance.now() < until);
      await sleep(100)
    }
    const before = falls
    await slow.stop()
    expect(before).to.equal(0)
  })

  it('refuses at once while it is down, and says why it is', async () => {
    await proxy.stop()
    await lifeline.start(5_000)
    let asked = false
    const refused = await lifeline.whileUp(async () => (asked = true)).catch((error) => error)
    expect(refused).to.be.instanceOf(Unavailable)
    expect(lifeline.failure).to.have.property('code', 'ECONNREFUSED')
    expect(asked).to.equal(false)
    proxy = await startProxy({ host: '127.0.0.1', port: 1 })
  })

  it('does not hold up a start when nobody answers', async () => {
    const silent = net.createServer(() => {}).listen(0, '127.0.0.1')
    await once(silent, 'listening')
    const { port } = silent.address() as net.AddressInfo
    const nobody = new Lifeline({ host: '127.0.0.1', port, user: 'x' }, log)
    const startedAt = performance.now()
    await nobody.start(300)
    expect(performance.now() - startedAt).to.be.below(1_500)
    expect(nobody.up).to.equal(false)
    await nobody.stop()
    silent.close()
  })

  it('stays down as long as the preparation fails, and tries it again', async () => {
    let tries = 0
    lifeline.prepareWith(async () => {
      if (++tries < 3) throw new Error('not yet')
    })
    await lifeline.start(5_000)
    expect(lifeline.up).to.equal(false)
    expect(lifeline.failure).to.have.property('message', 'not yet')
    await eventually('it is up', () => lifeline.up)
    expect(tries).to.equal(3)
  })

  describe('a pool on it', () => {
    it('keeps nobody waiting on a silent connection, and has no dead one left afterwards', async () => {
      await lifeline.start(5_000)
      const pool = connectWhileUp(through, lifeline)
      const ask = () =>
        pool.raw('select 1').then(
          () => 'answered',
          () => 'failed',
        )
      expect(await Promise.all(Array.from({ length: 5 }, ask))).to.not.include('failed')

      proxy.stall()
      const startedAt = performance.now()
      expect(await ask()).to.equal('failed')
      expect(performance.now() - startedAt).to.be.below(4_000)

      await eventually('it is up again', () => lifeline.up)
      expect(await Promise.all(Array.from({ length: 5 }, ask))).to.not.include('failed')
      await pool.destroy()
    })

    it('answers at once that the database is away', async () => {
      const pool = connectWhileUp(through, lifeline)
      const startedAt = performance.now()
      const refused = await pool.raw('select 1').catch((error) => error)
      expect(refused).to.be.instanceOf(Unavailable)
      expect(performance.now() - startedAt).to.be.below(500)
      await pool.destroy()
    })
  })
})
