import { expect } from 'chai'
import { bindModels } from '../../models'
import { Keys } from '../../src/auth/keys'
import { PostgresBus } from '../../src/platform/bus'
import { createLogger } from '../../src/platform/logger'
import { type TestDatabase, testDatabase } from '../support/database'
import { eventually } from '../support/eventually'
import { runScript } from '../support/script'

describe('set-tier', () => {
  const log = createLogger('silent')
  let database: TestDatabase
  let bus: PostgresBus
  let keys: Keys

  before(async () => {
    database = await testDatabase()
    await database.clean()
    bus = new PostgresBus(database.knex, database.connection, log)
    await bus.start()
    keys = new Keys({ models: bindModels(database.knex), bus, log })
    await keys.start()
  })
  after(async () => {
    await keys.stop()
    await bus.stop()
  })

  const setTier = (...args: string[]) =>
    runScript('set-tier', args, {
      DATABASE_URL: database.url,
      RATE_LIMITS: 'partner=1000/1h key; free=60/1m anonymous',
    })

  it('binds a key by its name, and a running service knows at once', async () => {
    const key = await keys.create('set-tier-shop', ['check'])
    const { code, stdout, stderr } = await setTier('set-tier-shop', 'partner')
    expect(code, stderr).to.equal(0)
    expect(stdout).to.match(/^set-tier-shop \(pc_\w+\) has the tier partner; it had default\.\n$/)
    await eventually('it is told', () => keys.find(key)?.tier === 'partner', 2_000)

    const back = await setTier(keys.find(key)!.prefix, 'default', '--json')
    expect(JSON.parse(back.stdout)).to.include({ tier: null, before: 'partner' })
    const noted = await bindModels(database.knex)
      .AuditEntry.query()
      .where({ action: 'key.set-tier', subject: 'set-tier-shop' })
    expect(noted.map(({ actor }) => actor)).to.deep.equal(['command line', 'command line'])
  })

  it('changes nothing when it is not clear which key, or which tier', async () => {
    await keys.create('set-tier-twin', ['check'])
    await keys.create('set-tier-twin', ['check'])
    const [twin, nobody, noTier, forVisits] = await Promise.all([
      setTier('set-tier-twin', 'partner'),
      setTier('set-tier-nobody', 'partner'),
      setTier('set-tier-twin', 'gold'),
      setTier('set-tier-twin', 'free'),
    ])
    expect(twin.code).to.equal(1)
    expect(twin.stderr).to.match(/2 keys are called set-tier-twin: name one by pc_\w+, pc_\w+\./)
    expect(nobody.code).to.equal(1)
    expect(nobody.stderr).to.match(/No key that is valid is called set-tier-nobody/)
    for (const { code, stderr } of [noTier, forVisits]) {
      expect(code).to.equal(2)
      expect(stderr).to.match(/A tier is one of partner, none: /)
    }
    const twins = (await keys.list()).filter(({ name }) => name === 'set-tier-twin')
    expect(twins.map(({ tier }) => tier)).to.deep.equal([null, null])
  })
})
