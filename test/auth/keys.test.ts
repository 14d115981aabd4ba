import { expect } from 'chai'
import { bindModels } from '../../models'
import { Keys } from '../../src/auth/keys'
import { PostgresBus } from '../../src/platform/bus'
import { connect } from '../../src/platform/database'
import { createLogger } from '../../src/platform/logger'
import { type TestDatabase, testDatabase } from '../support/database'
import { eventually } from '../support/eventually'

describe('Keys', () => {
  const log = createLogger('silent')
  let database: TestDatabase
  let bus: PostgresBus
  const started: Keys[] = []

  before(async () => {
    database = await testDatabase()
    await database.clean()
    bus = new PostgresBus(database.knex, database.connection, log)
    await bus.start()
  })

  after(() => bus.stop())

  afterEach(async () => {
    for (const keys of started.splice(0)) await keys.stop()
  })

  async function start(knex = database.knex): Promise<Keys> {
    const keys = new Keys({ models: bindModels(knex), bus, log })
    started.push(keys)
    await keys.start()
    return keys
  }

  it('are known to every instance a moment after they are made', async () => {
    const [here, there] = [await start(), await start()]
    const key = await here.create('my-app', ['check', 'ingest'])
    expect(key).to.match(/^pc_[0-9a-f]{12}_[\w-]{43}$/)
    await eventually('both know it', () => Boolean(here.find(key) && there.find(key)), 1_000)
    expect(there.find(key)).to.include({ name: 'my-app' })
    expect(there.find(key)?.scopes).to.deep.equal(['check', 'ingest'])
  })

  it('are worth nothing a moment after they are revoked', async () => {
    const keys = await start()
    const key = await keys.create('old-app', ['check'])
    await eventually('it is known', () => keys.find(key) !== undefined)
    await bindModels(database.knex).ApiKey.query().patch({ revokedAt: new Date() })
    await bus.publish('keys')
    await eventually('it is refused', () => keys.find(key) === undefined, 1_000)
  })

  it('are stored as hashes', async () => {
    const keys = await start()
    const key = await keys.create('hashed', ['check'])
    const { rows } = await database.knex.raw('select api_keys::text as row from api_keys')
    expect(rows.length).to.be.greaterThan(0)
    const secret = key.split('_').slice(2).join('_')
    for (const { row } of rows) expect(row).not.to.contain(secret)
  })

  it('stay valid while the database is away', async () => {
    const knex = connect(database.connection, { max: 1 })
    const keys = await start(knex)
    const key = await keys.create('sturdy', ['check'])
    await eventually('it is known', () => keys.find(key) !== undefined)
    await knex.destroy()
    await bus.publish('keys')
    await new Promise((resolve) => setTimeout(resolve, 200))
    expect(keys.find(key)).to.include({ name: 'sturdy' })
  })

  it('remember when they were last used, without a write per use', async () => {
    const keys = await start()
    const key = await keys.create('used', ['check'])
    await keys.create('unused', ['check'])
    await eventually('it is known', () => keys.find(key) !== undefined)
    await keys.stop()
    const stored = await bindModels(database.knex)
      .ApiKey.query()
      .whereIn('name', ['used', 'unused'])
    const lastUsed = Object.fromEntries(stored.map(({ name, lastUsedAt }) => [name, lastUsedAt]))
    expect(lastUsed.used).to.be.a('date')
    expect(lastUsed.unused).to.equal(null)
  })
})
