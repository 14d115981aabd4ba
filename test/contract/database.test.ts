import { spawnSync } from 'node:child_process'
import { once } from 'node:events'
import { setTimeout as sleep } from 'node:timers/promises'
import { expect } from 'chai'
import type { Knex } from 'knex'
import { Client } from 'pg'
import { connect } from '../../src/platform/database'
import { migrate } from '../../src/platform/migrations'
import { copyIn, copyOut } from '../support/copy'
import { type TestDatabase, testDatabase } from '../support/database'
import { eventually } from '../support/eventually'

describe('the database', () => {
  let database: TestDatabase
  let knex: Knex
  let clients: Client[] = []

  before(async () => {
    database = await testDatabase()
    knex = database.knex
  })

  beforeEach(() =>
    knex.raw('drop table if exists notes; create table notes (id int, author text, body text)'),
  )

  afterEach(async () => {
    for (const client of clients) await client.end().catch(() => {})
    clients = []
  })

  after(() => knex.raw('drop table if exists notes'))

  async function newClient(): Promise<Client> {
    const client = new Client(database.connection)
    client.on('error', () => {}) // some are killed on purpose
    await client.connect()
    clients.push(client)
    return client
  }

  async function count(where = 'true'): Promise<number> {
    const { rows } = await knex.raw(`select count(*) from notes where ${where}`)
    return rows[0].count
  }

  it('takes large inserts from several connections beside readers', async () => {
    const pool = connect(database.connection, { max: 8 })
    const body = 'x'.repeat(500)
    const write = async (author: string) => {
      for (let batch = 0; batch < 5; batch++) {
        const ids = Array.from({ length: 2_000 }, (_, i) => batch * 2_000 + i)
        await pool.raw('insert into notes select id, ?, ? || id from unnest(?::int[]) id', [
          author,
          body,
          ids,
        ])
      }
    }
    const read = async () => {
      for (let i = 0; i < 60; i++) {
        const { rows } = await pool.raw('select ?::int as answer', [i])
        expect(rows).to.deep.equal([{ answer: i }])
      }
    }
    await Promise.all([write('a'), write('b'), write('c'), read(), read(), read()])
    await pool.destroy()

    expect(await count()).to.equal(30_000)
    expect(await count('length(body) < 501')).to.equal(0)
  })

  it('takes a batch of many megabytes', async () => {
    const bodies = Array.from({ length: 5_000 }, (_, i) => `${i}:${'ü'.repeat(1_000)}`)
    await knex.raw(`insert into notes select 1, 'a', body from unnest(?::text[]) body`, [bodies])

    const { rows } = await knex.raw('select body from notes')
    expect(rows.map((row: { body: string }) => row.body)).to.deep.equal(bodies)
  })

  it('keeps the transactions of two clients apart', async () => {
    const [one, two] = [await newClient(), await newClient()]
    await one.query('begin')
    await one.query(`insert into notes values (1, 'one')`)
    const meanwhile = two.query(`insert into notes values (2, 'two')`)
    await one.query(`insert into notes values (3, 'one')`)
    await one.query('rollback')
    await meanwhile

    expect((await two.query('select id from notes')).rows).to.deep.equal([{ id: 2 }])
  })

  it('keeps transactions apart however many run at once', async () => {
    const pool = connect(database.connection, { max: 6 })
    await Promise.all(
      Array.from({ length: 40 }, (_, id) =>
        pool
          .transaction(async (trx) => {
            await trx.raw(`insert into notes values (?, 'first')`, [id])
            await trx.raw('select 1')
            if (id % 2) throw new Error('undo')
            await trx.raw(`insert into notes values (?, 'second')`, [id])
          })
          .catch((error) => expect(error.message).to.equal('undo')),
      ),
    )
    await pool.destroy()
    expect(await count()).to.equal(40)
    expect(await count('id % 2 = 1')).to.equal(0)
  })

  it('answers everybody after somebody has made a mistake', async () => {
    const [one, two] = [await newClient(), await newClient()]
    const mistake = one.query('select $1::int', ['no number']).catch((error) => error)
    const { rows } = await two.query('select $1::int as n', [7])
    expect(rows).to.deep.equal([{ n: 7 }])
    expect(await mistake).to.have.property('code', '22P02')
    expect((await one.query('select 1 as n')).rows).to.deep.equal([{ n: 1 }])
  })

  it('tells the prepared statements of two clients apart', async () => {
    const [one, two] = [await newClient(), await newClient()]
    const ask = async (client: Client, text: string) => {
      const { rows } = await client.query({ name: 'same', text, rowMode: 'array' })
      return rows[0]?.[0]
    }
    for (let i = 0; i < 2; i++) {
      expect(await ask(one, `select 'one'`)).to.equal('one')
      expect(await ask(two, `select 'two'`)).to.equal('two')
    }
  })

  it('sends notices to those who listen, and to nobody else', async () => {
    const [one, two, three] = [await newClient(), await newClient(), await newClient()]
    const heard: string[] = []
    for (const [name, client] of Object.entries({ one, two, three })) {
      client.on('notification', ({ channel, payload }) =>
        heard.push(`${name} ${channel} ${payload}`),
      )
    }
    await one.query('listen news')
    await two.query('LISTEN "News"; listen news')
    await three.query('listen other')

    await three.query(`notify news, 'a'`)
    await three.query(`select pg_notify('News', 'b')`)
    await two.query('unlisten news')
    await knex.transaction((trx) => trx.raw(`select pg_notify('news', 'c')`))
    // Notices come in the order in which they were sent: behind these there is nothing more.
    const last = ['one news end', 'two News end', 'three other end']
    await knex.raw(`notify news, 'end'; notify "News", 'end'; notify other, 'end'`)
    await eventually('all is heard', () => last.every((notice) => heard.includes(notice)))
    const news = heard.filter((notice) => !last.includes(notice))
    expect(news.sort()).to.deep.equal(['one news a', 'one news c', 'two News b', 'two news a'])
  })

  it('goes on sending notices when another listener has left', async () => {
    const [stays, leaves] = [await newClient(), await newClient()]
    await stays.query('listen news')
    await leaves.query('listen news')
    await leaves.end()

    const notice = once(stays, 'notification')
    await knex.raw('notify news')
    expect((await notice)[0]).to.have.property('channel', 'news')
  })

  it('copies in and out', async () => {
    const client = await newClient()
    const lines = Array.from({ length: 20_000 }, (_, i) => `${i}\tme\tnote ${i}\n`)
    await copyIn(client, 'copy notes from stdin', lines)
    expect(await count()).to.equal(20_000)
    expect(await copyOut(client, 'copy (select * from notes order by id) to stdout')).to.equal(
      lines.join(''),
    )
  })

  it('survives a COPY that fails, before and after its data', async () => {
    const client = await newClient()
    const missing = await copyIn(client, 'copy missing from stdin', ['1\n']).catch((error) => error)
    expect(missing).to.have.property('code', '42P01')
    const wrong = await copyIn(client, 'copy notes (id) from stdin', ['no\n']).catch(
      (error) => error,
    )
    expect(wrong).to.have.property('code', '22P02')
    expect((await client.query('select 1 as n')).rows).to.deep.equal([{ n: 1 }])
  })

  it('undoes the transaction of a client that dies', async () => {
    const client = await newClient()
    await client.query('begin')
    await client.query(`insert into notes values (1, 'dead')`)
    const waiting = knex.raw('lock table notes in exclusive mode; select count(*) from notes')
    socketOf(client).destroy()

    const results = await waiting
    expect(results[1].rows).to.deep.equal([{ count: 0 }])
  })

  it('undoes what a client had sent when it died without having finished', async () => {
    const client = await newClient()
    const { connection } = client as unknown as { connection: PgConnection }
    connection.parse({ text: `insert into notes values (1, 'unfinished')` })
    connection.bind({})
    connection.execute({})
    connection.flush()
    await sleep(50)
    socketOf(client).destroy()
    await sleep(50)

    expect(await count()).to.equal(0)
  })

  it('reads counts and sums as numbers, a day as text, a moment as a Date', async () => {
    const { rows } = await knex.raw(`
      select 9007199254740991::bigint as big, 0.5::numeric as half, '2026-11-21'::date as day,
             '2026-11-21T23:30:00Z'::timestamptz as moment, '2026-11-21T23:30:00Z'::timestamptz::date as utc`)
    expect(rows[0]).to.deep.equal({
      big: Number.MAX_SAFE_INTEGER,
      half: 0.5,
      day: '2026-11-21',
      moment: new Date('2026-11-21T23:30:00Z'),
      utc: '2026-11-21',
    })
  })

  it('migrates once, however many begin at once', async () => {
    const pools = Array.from({ length: 4 }, () => connect(database.connection, { max: 2 }))
    await knex.raw('drop table knex_migrations, knex_migrations_lock; drop schema public cascade')
    await knex.raw('create schema public')
    await Promise.all(pools.map(migrate))
    await Promise.all(pools.map((pool) => pool.destroy()))

    const { rows } = await knex.raw('select name, count(*) from knex_migrations group by name')
    expect(rows).to.deep.include({ name: '0001_foundation', count: 1 })
    expect(rows.map((row: { count: number }) => row.count)).to.satisfy((counts: number[]) =>
      counts.every((n) => n === 1),
    )
  })

  it('lets psql in', function () {
    const { error, stdout, stderr } = spawnSync(
      'psql',
      [
        ...[database.url, '--no-psqlrc', '--quiet', '--tuples-only', '--no-align'],
        ...[
          '-c',
          `insert into notes values (1, 'psql')`,
          '-c',
          'select author from notes',
          '-c',
          '\\d notes',
        ],
      ],
      { encoding: 'utf8' },
    )
    if (error) {
      console.warn(`psql is not there, so nobody has seen it connect: ${error.message}`)
      this.skip()
    }
    expect(stderr).to.equal('')
    expect(stdout).to.match(/^psql\nid\|integer/)
  })
})

/** What pg's connection can do below its queries; its types leave it out. */
interface PgConnection {
  parse(query: { text: string }): void
  bind(query: object): void
  execute(query: object): void
  flush(): void
}

function socketOf(client: Client): { destroy(): void } {
  return (client as unknown as { connection: { stream: { destroy(): void } } }).connection.stream
}
