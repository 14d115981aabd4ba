import { expect } from 'chai'
import { bindModels } from '../../models'
import { Keys } from '../../src/auth/keys'
import { PostgresBus } from '../../src/platform/bus'
import { createLogger } from '../../src/platform/logger'
import { type TestDatabase, testDatabase } from '../support/database'
import { eventually } from '../support/eventually'
import { runScript } from '../support/script'

describe('create-key', () => {
  let database: TestDatabase

  before(async () => {
    database = await testDatabase()
    await database.clean()
  })

  const createKey = (...args: string[]) =>
    runScript('create-key', args, { DATABASE_URL: database.url })

  it('prints a key on the last line that a running service knows at once', async () => {
    const log = createLogger('silent')
    const bus = new PostgresBus(database.knex, database.connection, log)
    const keys = new Keys({ models: bindModels(database.knex), bus, log })
    await bus.start()
    await keys.start()
    try {
      const { code, stdout } = await createKey('my-app', '--scopes', 'check,ingest')
      expect(code).to.equal(0)
      const key = stdout.trimEnd().split('\n').at(-1)!
      await eventually('the key is known', () => keys.find(key) !== undefined, 1_000)
      expect(keys.find(key)).to.deep.include({ name: 'my-app', scopes: ['check', 'ingest'] })
    } finally {
      await keys.stop()
      await bus.stop()
    }
  })

  it('speaks JSON to programs', async () => {
    const { stdout } = await createKey('my-app', '--scopes', 'admin', '--json')
    expect(JSON.parse(stdout)).to.deep.include({ name: 'my-app', scopes: ['admin'] })
  })

  it('binds a key to a tier of RATE_LIMITS, and refuses others', async () => {
    const RATE_LIMITS = 'free=60/1m anonymous; partner=1000/1h key'
    const withTier = (tier: string, settings: NodeJS.ProcessEnv) => {
      const args = ['my-app', '--scopes', 'check', '--tier', tier, '--json']
      return runScript('create-key', args, { DATABASE_URL: database.url, ...settings })
    }
    const [bound, unlimited, elsewhere, wrong] = await Promise.all([
      withTier('partner', { RATE_LIMITS }),
      withTier('none', { RATE_LIMITS }),
      withTier('partner', {}),
      withTier('free', { RATE_LIMITS }),
    ])
    expect(JSON.parse(bound.stdout)).to.include({ tier: 'partner' })
    expect(JSON.parse(unlimited.stdout)).to.include({ tier: 'none' })
    expect(JSON.parse(elsewhere.stdout)).to.include({ tier: 'partner' })
    expect(wrong.code).to.equal(2)
    expect(wrong.stderr).to.match(/A tier is one of partner, none: /)
  })

  it('refuses scopes that do not exist, and none', async () => {
    const answers = await Promise.all([
      createKey('my-app', '--scopes', 'check,everything'),
      createKey('my-app'),
    ])
    expect(answers.map(({ code }) => code)).to.deep.equal([2, 2])
  })

  it('refuses a name that nobody could recognise', async () => {
    const answers = await Promise.all([
      createKey(' ', '--scopes', 'check'),
      createKey('x'.repeat(101), '--scopes', 'check'),
    ])
    expect(answers.map(({ code }) => code)).to.deep.equal([2, 2])
  })
})
