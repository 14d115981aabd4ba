import { expect } from 'chai'
import { bindModels, type Models } from '../../models'
import { importBlocks, readList } from '../../src/blocklist/import'
import { readListLine } from '../../src/blocklist/list-line'
import { Orders } from '../../src/blocklist/orders'
import { requireNetwork } from '../../src/net/network'
import { type TestDatabase, testDatabase } from '../support/database'

describe('lines of published lists', () => {
  const lines: [line: string, networks: string[]][] = [
    ['198.51.100.7', ['198.51.100.7']],
    ['  198.51.100.0/24\r', ['198.51.100.0/24']],
    ['198.51.100.0/24 ; SBL256894', ['198.51.100.0/24']],
    ['198.51.100.7 # a scanner', ['198.51.100.7']],
    ['198.51.100.7,scanner,3', ['198.51.100.7']],
    ['198.51.100.7\tscanner', ['198.51.100.7']],
    ['2001:DB8::/32;x', ['2001:db8::/32']],
    ['\ufeff198.51.100.7', ['198.51.100.7']],
    [
      '198.51.100.1-198.51.100.6',
      ['198.51.100.1', '198.51.100.2/31', '198.51.100.4/31', '198.51.100.6'],
    ],
    ['198.51.100.0 - 198.51.100.255', ['198.51.100.0/24']],
    ['2001:db8::-2001:db8::ffff', ['2001:db8::/112']],
    ['0.0.0.0-255.255.255.255', ['0.0.0.0/0']],
    ['{"cidr":"198.51.100.0/24","sblid":"SBL1","rir":"x"}', ['198.51.100.0/24']],
    ['{"type":"metadata","records":1}', []],
    ['# comment', []],
    ['; comment', []],
    ['   ', []],
  ]
  for (const [line, networks] of lines) {
    it(`${JSON.stringify(line)}`, () => expect(readListLine(line)).to.deep.equal(networks))
  }

  const refused = [
    'example.com',
    '198.51.100.7/24',
    '198.51.100.9-198.51.100.1',
    '198.51.100.1-::1',
  ]
  refused.push('1-2', '198.51.100.1-', '{"cidr":', '{}', '010.0.0.1', '<html>')
  refused.push('198.51.100.1-198.51.100.2-198.51.100.3')
  for (const line of refused) {
    it(`refuses ${line}`, () => expect(() => readListLine(line)).to.throw())
  }

  it('may be full of blanks, and are read as quickly as others', () => {
    const startedAt = performance.now()
    readListLine(`198.51.100.7${' '.repeat(200_000)}x`)
    expect(performance.now() - startedAt).to.be.below(500)
  })
})

describe('importing a list', () => {
  let database: TestDatabase
  let models: Models

  before(async () => {
    database = await testDatabase()
    models = bindModels(database.knex)
  })
  beforeEach(() => database.clean())
  after(() => database?.clean())

  it('replaces what the same source listed before, and reports the difference', async () => {
    expect(await load('drop', ['192.0.2.0/24', '198.51.100.7'])).to.include({
      added: 2,
      removed: 0,
    })

    const difference = await load('drop', ['198.51.100.7', '2001:db8::/32'])
    expect(difference).to.deep.equal({
      added: 1,
      removed: 1,
      kept: 1,
      firstAdded: ['2001:db8::/32'],
      firstRemoved: ['192.0.2.0/24'],
    })
    expect(await listed()).to.deep.equal({
      '198.51.100.7': 'import drop',
      '2001:db8::/32': 'import drop',
    })
  })

  it('changes nothing in a dry run', async () => {
    await load('drop', ['192.0.2.0/24'])
    const difference = await load('drop', ['198.51.100.7'], true)

    expect(difference).to.include({ added: 1, removed: 1 })
    expect(await listed()).to.deep.equal({ '192.0.2.0/24': 'import drop' })
    expect(await models.AuditEntry.query().resultSize()).to.equal(1)
  })

  it('leaves the blocks of persons and of other sources alone', async () => {
    const network = requireNetwork('192.0.2.0/24')
    await new Orders(models, []).block({
      network,
      reason: 'by hand',
      source: 'person',
      by: 'somebody',
      expiresAt: null,
    })
    await load('first', ['198.51.100.7'])
    await load('second', ['192.0.2.0/24', '198.51.100.7', '203.0.113.1'])
    await load('second', ['203.0.113.2'])

    expect(await listed()).to.deep.equal({
      '192.0.2.0/24': 'person null',
      '198.51.100.7': 'import first',
      '203.0.113.2': 'import second',
    })
  })

  it('takes over a block that has ended', async () => {
    const row = { reason: 'x', source: 'person', blocked_by: 'x', expires_at: new Date(0) }
    await database.knex('blocked_ips').insert({ ip_address: '198.51.100.7', ...row })

    await load('drop', ['198.51.100.7'])
    expect(await listed()).to.deep.equal({ '198.51.100.7': 'import drop' })
  })

  it('counts the lines it cannot use and names the first ones', async () => {
    const bad = Array.from({ length: 30 }, (_, i) => `nonsense ${i}`)
    const options = { trustedProxies: [requireNetwork('203.0.113.10')], force: false }
    const list = await readList(
      linesOf(['198.51.100.7', '127.0.0.0/8', '203.0.113.0/24', '198.51.100.7', ...bad]),
      options,
    )

    expect(list.networks).to.deep.equal(['198.51.100.7'])
    expect(list.rejected.lines).to.equal(32)
    expect(list.rejected.first).to.have.length(10)
    expect(list.rejected.first[0]).to.deep.include({ line: 2 })
    expect(list.rejected.first[0]?.reason).to.include('loopback')
    expect(list.rejected.first[1]?.reason).to.include('trusted proxy')
  })

  it('takes what the guards refuse when it is forced', async () => {
    const list = await readList(linesOf(['127.0.0.0/8']), { trustedProxies: [], force: true })
    expect(list).to.deep.equal({ networks: ['127.0.0.0/8'], rejected: { lines: 0, first: [] } })
  })

  it('writes a long list in several batches', async () => {
    const many = Array.from({ length: 25_000 }, (_, i) => `10.${i >> 8}.${i & 255}.1`)
    const difference = await load('many', many)
    expect(difference).to.include({ added: 25_000, removed: 0, kept: 0 })
    expect(difference.firstAdded.slice(0, 2)).to.deep.equal(['10.0.0.1', '10.0.1.1'])
    expect(difference.firstAdded.at(-1)).to.equal('10.0.19.1')
    expect(await load('many', many.slice(1))).to.include({ added: 0, removed: 1, kept: 24_999 })
  })

  function load(source: string, networks: string[], dryRun = false) {
    const options = { source, by: 'test', dryRun }
    return importBlocks(database.knex, models, networks.map(requireNetwork), options)
  }

  async function listed(): Promise<Record<string, string>> {
    const rows = await models.BlockedIP.query().orderBy('ip_address')
    return Object.fromEntries(
      rows.map(({ ipAddress, source, sourceName }) => [ipAddress, `${source} ${sourceName}`]),
    )
  }
})

async function* linesOf(lines: string[]) {
  yield* lines
}
