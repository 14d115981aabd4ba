import fs from 'node:fs'
import os from 'node:os'
import path from 'node:path'
import { expect } from 'chai'
import { Client } from 'pg'
import { ensureCluster } from '../../../src/platform/embedded/cluster'
import { Engine } from '../../../src/platform/embedded/engine'
import { Gateway } from '../../../src/platform/embedded/gateway'
import { Housekeeping } from '../../../src/platform/embedded/housekeeping'

const DAY_MS = 24 * 3_600_000

describe('Housekeeping', () => {
  let folder: string
  let engine: Engine
  let gateway: Gateway
  let housekeeping: Housekeeping
  const failures: unknown[] = []

  before(async () => {
    folder = fs.mkdtempSync(path.join(os.tmpdir(), 'portcullis-housekeeping-'))
    const cluster = path.join(folder, 'cluster')
    await ensureCluster(cluster)
    const onPanic = () => {
      throw new Error('the engine has panicked')
    }
    engine = await Engine.open(cluster, { fsync: false, onPanic })
    gateway = new Gateway(engine)
    housekeeping = new Housekeeping(gateway, path.join(folder, 'vacuumed'), (failure) =>
      failures.push(failure),
    )
  })

  after(async () => {
    housekeeping.stop()
    await gateway.close(0)
    await engine.close()
    fs.rmSync(folder, { recursive: true })
  })

  const statistics = (column: string) =>
    gateway.run(`select ${column} from pg_stat_user_tables order by relname`)

  it('vacuums the tables that have changed, once a day', async () => {
    await gateway.run('create table "Busy" (id int); create table quiet (id int)')
    await gateway.run('insert into "Busy" select generate_series(1, 1000); delete from "Busy"')
    await gateway.run('select pg_stat_force_next_flush()') // they lag behind by a second
    await housekeeping.vacuum(Date.now() + DAY_MS / 2)
    expect(await statistics('vacuum_count')).to.deep.equal(['0', '0'])

    await housekeeping.vacuum(Date.now() + 2 * DAY_MS)
    expect(await statistics('vacuum_count')).to.deep.equal(['1', '0'])
    expect(await statistics('analyze_count')).to.deep.equal(['1', '0'])
    expect(await statistics('n_dead_tup')).to.deep.equal(['0', '0'])

    await gateway.run('insert into "Busy" values (1)')
    await housekeeping.vacuum(Date.now() + 2.5 * DAY_MS)
    expect(await statistics('vacuum_count')).to.deep.equal(['1', '0'])
  })

  it('frees what is folded away before the next hour, so that the table stays as large', async () => {
    await gateway.run('create table folded (address int, requests int)')
    const size = async () => Number((await gateway.run(`select pg_relation_size('folded')`))[0])
    const hour = async () => {
      await gateway.run('insert into folded select i % 1000, 1 from generate_series(1, 30000) i')
      await gateway.run(
        `with taken as (delete from folded returning *)
         insert into folded select address, sum(requests) from taken group by address`,
      )
      await gateway.run('select pg_stat_force_next_flush()')
      await housekeeping.vacuum()
    }
    await hour()
    const first = await size()
    for (let more = 0; more < 3; more++) await hour()
    expect(await gateway.run('select sum(requests) from folded')).to.deep.equal(['120000'])
    expect(await size()).to.be.at.most(first * 1.1)
    expect(failures).to.deep.equal([])
  })

  it('makes a checkpoint after changes, and none when nothing has happened', async () => {
    await gateway.listen(path.join(folder, '.s.PGSQL.5432'))
    const client = new Client({ host: folder, user: 'postgres' })
    await client.connect()
    const checkpoint = async () => {
      await housekeeping.checkpoint()
      const [position] = await gateway.run('select checkpoint_lsn from pg_control_checkpoint()')
      return position
    }
    await client.query('create table changed (id int)')
    const first = await checkpoint()
    expect(await checkpoint()).to.equal(first)

    await client.query('insert into changed values (1)')
    expect(await checkpoint()).to.not.equal(first)
    await client.end()
  })
})
