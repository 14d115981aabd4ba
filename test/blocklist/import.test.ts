import { expect } from 'chai'
import { bindModels, type Models } from '../../models'
import { settleEnded } from '../../src/blocklist/ended'
import {
  type Difference,
  type ImportOptions,
  importBlocks,
  ListRefused,
} from '../../src/blocklist/import'
import { readList } from '../../src/blocklist/list/list'
import { Orders } from '../../src/blocklist/orders'
import { requireNetwork } from '../../src/net/network'
import { type TestDatabase, testDatabase } from '../support/database'

const HOUR_MS = 3_600_000

describe('importing a list', () => {
  let database: TestDatabase
  let models: Models
  let orders: Orders

  before(async () => {
    database = await testDatabase()
    models = bindModels(database.knex)
    orders = new Orders(models, [])
  })
  beforeEach(() => database.clean())
  after(() => database?.clean())

  it('replaces what the same source listed before, and reports the difference', async () => {
    expect(await load('drop', ['192.0.2.0/24', '198.51.100.7'])).to.include({
      added: 2,
      removed: 0,
    })

    expect(await load('drop', ['198.51.100.7', '2001:db8::/32'])).to.deep.equal({
      added: 1,
      removed: 1,
      kept: 1,
      blockedByOthers: 0,
      firstAdded: ['2001:db8::/32'],
      firstRemoved: ['192.0.2.0/24'],
      refusal: null,
    })
    expect(await listed()).to.deep.equal({
      '198.51.100.7': 'import drop',
      '2001:db8::/32': 'import drop',
    })
  })

  it('changes nothing in a dry run', async () => {
    await load('drop', ['192.0.2.0/24'])
    const difference = await load('drop', ['198.51.100.7'], { dryRun: true })

    expect(difference).to.include({ added: 1, removed: 1 })
    expect(await listed()).to.deep.equal({ '192.0.2.0/24': 'import drop' })
    expect(await models.AuditEntry.query().resultSize()).to.equal(1)
  })

  it('tells who did it, and what it changed, in the audit log', async () => {
    await load('drop', ['192.0.2.0/24', 'nonsense'])
    const entry = await models.AuditEntry.query().first()
    expect(entry).to.include({ actor: 'test', action: 'blocklist.import', subject: 'drop' })
    expect(entry?.details).to.include({ added: 1, removed: 0, kept: 0, rejected: 1, forced: false })
  })

  it("leaves a person's block in force, and the list's behind it", async () => {
    await load('drop', ['192.0.2.0/24', '198.51.100.7'])
    await block('192.0.2.0/24', null)
    expect(await load('drop', ['192.0.2.0/24', '198.51.100.8'])).to.include({
      added: 1,
      removed: 1,
      kept: 1,
      blockedByOthers: 1,
    })
    expect(await listed()).to.include({ '192.0.2.0/24': 'person null' })

    expect(await load('drop', ['198.51.100.8'])).to.include({ removed: 1, kept: 1 })
    expect(await listed()).to.deep.equal({
      '192.0.2.0/24': 'person null',
      '198.51.100.8': 'import drop',
    })
    expect(await waiting()).to.deep.equal([])
  })

  it("leaves a list's block in force when a person's ends, without a gap", async () => {
    await load('drop', ['192.0.2.0/24'])
    await block('192.0.2.0/24', new Date(Date.now() + HOUR_MS))
    expect(await settleEnded(database.knex, models)).to.equal(0)
    expect(await listed()).to.deep.equal({ '192.0.2.0/24': 'person null' })

    // A minute before its end, for the next look comes behind it.
    await database.knex('blocked_ips').update({ expires_at: new Date(Date.now() + 50_000) })
    expect(await settleEnded(database.knex, models)).to.equal(1)
    expect(await listed()).to.deep.equal({ '192.0.2.0/24': 'import drop' })
    expect(await waiting()).to.deep.equal([])
  })

  it('leaves what another list names as well', async () => {
    await load('first', ['198.51.100.7', '198.51.100.8'])
    expect(await load('second', ['198.51.100.7', '203.0.113.1'])).to.include({ added: 2 })
    expect(await listed()).to.include({ '198.51.100.7': 'import first' })

    await load('first', ['198.51.100.8'])
    expect(await listed()).to.deep.equal({
      '198.51.100.7': 'import second',
      '198.51.100.8': 'import first',
      '203.0.113.1': 'import second',
    })
    await load('second', ['203.0.113.1'])
    expect(await listed()).to.deep.equal({
      '198.51.100.8': 'import first',
      '203.0.113.1': 'import second',
    })
  })

  it('ends what every list names when a person unblocks it, until the next import', async () => {
    await load('first', ['198.51.100.7'])
    await load('second', ['198.51.100.7'])
    await block('198.51.100.7', null)
    expect(await waiting()).to.have.length(2)

    await orders.unblock({ network: requireNetwork('198.51.100.7'), by: 'somebody' })
    expect(await listed()).to.deep.equal({})
    expect(await waiting()).to.deep.equal([])
    expect(await load('first', ['198.51.100.7'])).to.include({ added: 1 })
  })

  it('takes over a block that has ended', async () => {
    await block('198.51.100.7', new Date(Date.now() - 1))
    await load('drop', ['198.51.100.7'])
    expect(await listed()).to.deep.equal({ '198.51.100.7': 'import drop' })
  })

  it('takes the ends and reasons that a list gives, and renews them', async () => {
    const table = (duration: string) => [
      'duration,value,reason',
      `${duration},198.51.100.7,probing`,
    ]
    await load('crowd', table('1h'))
    const [first] = await models.BlockedIP.query()
    expect(first?.reason).to.equal('listed by crowd: probing')
    expect(first?.expiresAt?.getTime()).to.be.closeTo(Date.now() + HOUR_MS, 60_000)

    expect(await load('crowd', table('24h'))).to.include({ added: 0, removed: 0, kept: 1 })
    const [second] = await models.BlockedIP.query()
    expect(second?.expiresAt?.getTime()).to.be.closeTo(Date.now() + 24 * HOUR_MS, 60_000)
    expect(second).to.deep.include({ id: first?.id, blockedAt: first?.blockedAt })
  })

  it('takes of a network that is listed twice the entry that lasts longest', async () => {
    await load('crowd', ['duration,value', '1h,192.0.2.1', '3h,192.0.2.1', '2h,192.0.2.1'])
    const [block] = await models.BlockedIP.query()
    expect(block?.expiresAt?.getTime()).to.be.closeTo(Date.now() + 3 * HOUR_MS, 60_000)
  })

  const hundred = Array.from({ length: 100 }, (_, i) => `198.51.100.${i}`)
  const bad: [name: string, lines: string[], code: string][] = [
    ['an empty list', [], 'empty_list'],
    ['a list of remarks', ['# nothing', ''], 'empty_list'],
    ['a page that is no list', ['<html>', '<p>Please wait'], 'unusable_list'],
    ['a list that is cut off', ['[{"value":"192.0.2.1"},', '{"value":"192.0'], 'cut_off_list'],
    ['a list that has lost nine in ten', hundred.slice(0, 9), 'shrunk_list'],
  ]
  for (const [name, lines, code] of bad) {
    it(`refuses ${name}, and changes nothing, unless it is forced`, async () => {
      await load('drop', hundred)
      const error = await load('drop', lines).then(
        () => undefined,
        (error: unknown) => error,
      )
      expect(error).to.be.instanceOf(ListRefused).and.to.include({ code })
      expect(Object.keys(await listed())).to.have.length(100)

      const dry = await load('drop', lines, { dryRun: true })
      expect(dry.refusal).to.be.a('string')
      expect(Object.keys(await listed())).to.have.length(100)

      await load('drop', lines, { force: true })
      expect(Object.keys(await listed())).to.have.length.below(10)
      const last = await models.AuditEntry.query().orderBy('id', 'desc').first()
      expect(last?.details).to.include({ forced: true })
    })
  }

  it('takes a list of a tenth', async () => {
    await load('drop', hundred)
    expect(await load('drop', hundred.slice(0, 10))).to.include({ removed: 90 })
  })

  it('writes a long list in several batches', async () => {
    const many = Array.from({ length: 25_000 }, (_, i) => `10.${i >> 8}.${i & 255}.1`)
    const difference = await load('many', many)
    expect(difference).to.include({ added: 25_000, removed: 0, kept: 0 })
    expect(difference.firstAdded.slice(0, 2)).to.deep.equal(['10.0.0.1', '10.0.1.1'])
    expect(difference.firstAdded.at(-1)).to.equal('10.0.19.1')
    expect(await load('many', many.slice(1))).to.include({ added: 0, removed: 1, kept: 24_999 })
  })

  it('keeps apart lists that are imported at once', async () => {
    const both = ['192.0.2.0/24', '198.51.100.7']
    await Promise.all(['a', 'b', 'c'].map((source) => load(source, both)))
    expect(Object.keys(await listed())).to.deep.equal(both)
    expect(await waiting()).to.have.length(4)
  })

  async function load(
    source: string,
    lines: string[],
    options: Partial<ImportOptions> = {},
  ): Promise<Difference> {
    const text = (async function* () {
      yield lines.join('\n')
    })()
    const list = await readList(text, { guards: () => undefined, force: false })
    const all = { source, by: 'test', dryRun: false, force: false, ...options }
    return importBlocks(database.knex, models, list, all)
  }

  function block(network: string, expiresAt: Date | null) {
    const given = { network: requireNetwork(network), by: 'somebody' }
    return orders.block({ ...given, reason: 'by hand', source: 'person', expiresAt, force: true })
  }

  async function listed(): Promise<Record<string, string>> {
    const rows = await models.BlockedIP.query().orderBy('ip_address')
    return Object.fromEntries(
      rows.map(({ ipAddress, source, sourceName }) => [ipAddress, `${source} ${sourceName}`]),
    )
  }

  function waiting(): Promise<object[]> {
    return database.knex('shadowed_blocks')
  }
})
