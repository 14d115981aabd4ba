import { once } from 'node:events'
import fs from 'node:fs'
import net from 'node:net'
import os from 'node:os'
import path from 'node:path'
import { setTimeout as sleep } from 'node:timers/promises'
import { expect } from 'chai'
import { Client } from 'pg'
import { ensureCluster } from '../../../src/platform/embedded/cluster'
import { Engine } from '../../../src/platform/embedded/engine'
import { Gateway } from '../../../src/platform/embedded/gateway'
import { copyIn } from '../../support/copy'
import { eventually } from '../../support/eventually'

describe('Gateway', () => {
  let folder: string
  let engine: Engine
  let gateway: Gateway
  let clients: Client[]

  before(async () => {
    folder = fs.mkdtempSync(path.join(os.tmpdir(), 'portcullis-gateway-'))
    const cluster = path.join(folder, 'cluster')
    await ensureCluster(cluster)
    const onPanic = () => {
      throw new Error('the engine has panicked')
    }
    engine = await Engine.open(cluster, { fsync: false, onPanic })
  })

  after(async () => {
    await engine.close()
    fs.rmSync(folder, { recursive: true })
  })

  beforeEach(async () => {
    clients = []
    gateway = new Gateway(engine, {
      maxConnections: 4,
      idleInTransactionMs: 200,
      maxUnreadBytes: 1_000_000,
    })
    await gateway.listen(path.join(folder, '.s.PGSQL.5432'))
    await gateway.run('drop table if exists notes; create table notes (id int)')
  })

  afterEach(async () => {
    for (const client of clients) await client.end().catch(() => {})
    await gateway.close(1_000)
  })

  async function newClient(): Promise<Client> {
    const client = new Client({ host: folder, user: 'postgres', connectionTimeoutMillis: 1_000 })
    client.on('error', () => {})
    await client.connect()
    clients.push(client)
    return client
  }

  it('throws out a client that is silent inside a transaction', async () => {
    const client = await newClient()
    const gone = once(client, 'error')
    await client.query('begin; insert into notes values (1)')
    // Waits in line until the transaction is over.
    expect(await gateway.run('select count(*) from notes')).to.deep.equal(['0'])
    expect((await gone)[0]).to.have.property('code', '25P03')
  })

  it('leaves a client alone that is silent outside a transaction, or busy inside', async () => {
    const [silent, busy] = [await newClient(), await newClient()]
    await busy.query('begin')
    for (let i = 0; i < 10; i++) {
      await sleep(30)
      await busy.query('select 1')
    }
    await busy.query('commit')
    expect((await silent.query('select 1 as n')).rows).to.deep.equal([{ n: 1 }])
  })

  it('serves others while one does not read its answer', async () => {
    const lazy = net.connect(path.join(folder, '.s.PGSQL.5432')).pause()
    await greet(lazy)
    const sql = `select repeat('x', 1000) from generate_series(1, 20000)\0`
    const length = Buffer.alloc(4)
    length.writeInt32BE(4 + sql.length)
    for (let i = 0; i < 5; i++)
      lazy.write(Buffer.concat([Buffer.from('Q'), length, Buffer.from(sql)]))

    const client = await newClient()
    for (let i = 0; i < 20; i++) await client.query('select 1')
    expect(gateway.batches).to.equal(21) // of the lazy one's five only the first
    lazy.destroy()
  })

  it('lets go of a listener that does not read its notices', async () => {
    const deaf = await newClient()
    await deaf.query('listen news')
    const { stream } = (deaf as unknown as { connection: { stream: net.Socket } }).connection
    const gone = new Promise<void>((resolve) => deaf.once('end', resolve))
    stream.pause()
    const client = await newClient()
    for (let i = 0; i < 300; i++) {
      await client.query(`select pg_notify('news', ${i} || repeat('x', 7000))`)
    }
    stream.resume()
    await gone
  })

  it('refuses more clients than it serves, with a word', async () => {
    for (let i = 0; i < 4; i++) await newClient()
    const error = await newClient().catch((refused) => refused)
    expect(error).to.have.property('code', '53300')
  })

  it('forgets the statements and channels of a client that has left', async () => {
    const [stays, leaves] = [await newClient(), await newClient()]
    for (const client of [stays, leaves]) {
      await client.query({ name: 'same', text: 'select 1' })
      await client.query('listen shared')
    }
    await leaves.query('listen "Only Mine"')
    await leaves.end()
    await eventually('it has left', async () => {
      return (await gateway.run('select name from pg_prepared_statements')).length === 1
    })
    expect(await gateway.run('select pg_listening_channels()')).to.deep.equal(['shared'])
  })

  it('keeps the engine alive when COPY comes where no data can follow', async () => {
    const inside = await newClient()
    const error = await inside.query('select 1; copy notes from stdin').catch((refused) => refused)
    expect(error.message).to.include('COPY FROM STDIN must be a query of its own')

    const prepared = await newClient()
    const text = 'copy notes from stdin where id > $1'
    const refusal = await prepared.query({ text, values: [1] }).catch((refused) => refused)
    expect(refusal).to.have.property('code', '0A000')

    await copyIn(inside, '-- a comment\n/* and */ copy notes from stdin', ['1\n', '2\n'])
    expect(await gateway.run('select count(*) from notes')).to.deep.equal(['2'])
  })

  it('refuses an answer that is too large to be held, and undoes its transaction', async () => {
    const greedy = await newClient()
    await greedy.query('begin; insert into notes values (1)')
    const sql = `select repeat('x', 1000000) from generate_series(1, 150)`
    const error = await greedy.query(sql).catch((refused) => refused)
    expect(error).to.have.property('code', '54000')
    expect(await gateway.run('select count(*) from notes')).to.deep.equal(['0'])
  })

  it('sends away who does not speak the protocol', async () => {
    for (const rubbish of [
      'GET / HTTP/1.1\r\n\r\n',
      '\0\0\0\0\0\0\0\0',
      '\0\0\0\x08\x04\xd2\x16\x2e',
    ]) {
      const socket = net.connect(path.join(folder, '.s.PGSQL.5432'))
      socket.write(Buffer.from(rubbish, 'latin1'))
      socket.resume()
      await once(socket, 'close')
    }
    const socket = net.connect(path.join(folder, '.s.PGSQL.5432'))
    await greet(socket)
    socket.write(Buffer.from('Q\x7f\xff\xff\xff', 'latin1'))
    const [answer] = await once(socket, 'data')
    expect(answer.toString()).to.include('54000')
    await once(socket, 'close')
  })

  it('goes on serving while it closes, then sends the rest away', async () => {
    const client = await newClient()
    const gone = once(client, 'error')
    const closed = gateway.close(100)
    expect((await client.query('select 1 as n')).rows).to.deep.equal([{ n: 1 }])
    await closed
    expect((await gone)[0]).to.have.property('code', '57P01')
  })

  it('reports what Postgres says against its own SQL', async () => {
    const error = await gateway.run('select nothing').catch((refused) => refused)
    expect(error.message).to.equal('column "nothing" does not exist')
  })
})

/** Says hello as a client of protocol 3.0, and reads the greeting. */
async function greet(socket: net.Socket): Promise<void> {
  socket.write(Buffer.from('\0\0\0\x17\0\x03\0\0user\0postgres\0\0', 'latin1'))
  await once(socket, 'readable')
  socket.read()
}
