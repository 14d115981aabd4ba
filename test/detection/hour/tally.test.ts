import { expect } from 'chai'
import { tallyHour } from '../../../src/detection/hour/in-database'
import { HourInMemory } from '../../../src/detection/hour/in-memory'
import type { Tally } from '../../../src/detection/hour/tally'
import { seededRandom } from '../../../src/detection/learned/random'
import type { LogEntry } from '../../../src/request-log/entry'
import { hashTemplate } from '../../../src/request-log/template'
import { type TestDatabase, testDatabase } from '../../support/database'
import { store, visit, visits } from '../visits'

const HOUR = new Date('2026-03-01T10:00:00Z')
const sensitivePaths = ['/admin', '/login']

describe('the tallies of an hour', () => {
  let database: TestDatabase
  before(async () => {
    database = await testDatabase()
  })
  beforeEach(() => database.clean())

  async function tallyBoth(entries: LogEntry[]) {
    await store(database.knex, entries)
    const memory = new HourInMemory(sensitivePaths)
    for (const entry of entries) memory.add(entry)
    return {
      inDatabase: sorted(await tallyHour(database.knex, HOUR, sensitivePaths)),
      inMemory: sorted(memory.tallies()),
    }
  }

  it('are the same from the database and from memory', async () => {
    const { inDatabase, inMemory } = await tallyBoth(
      anything(3_000).sort((a, b) => a.timestamp - b.timestamp),
    )
    expect(inDatabase).to.have.length(40)
    expect(inDatabase.map(exact)).to.deep.equal(inMemory.map(exact))
    inDatabase.forEach((tally, i) => {
      expect(tally.gapMean).to.be.closeTo(inMemory[i]!.gapMean, 1e-6)
      expect(tally.gapDeviation).to.be.closeTo(inMemory[i]!.gapDeviation, 1e-6)
    })
  })

  it('count what an address did', async () => {
    const address = '192.0.2.1'
    const { inDatabase, inMemory } = await tallyBoth([
      visit({ address, path: '/a/1', bytes: 10, hasReferer: true }),
      visit({ address, path: '/ä', query: 'q=1', status: 404, timestamp: at(10) }),
      visit({ address, path: '/a/2', status: 401, method: 'POST', timestamp: at(20) }),
      visit({ address, path: '/admin', status: 500, userAgent: 'curl/8.0', timestamp: at(90) }),
      visit({
        address,
        path: '/a.css',
        status: 418,
        userAgent: '',
        bytes: null,
        timestamp: at(60),
        hasReferer: false,
      }),
      visit({ address, path: '/a/1', method: 'POST', hasReferer: false, timestamp: at(61) }),
    ])
    expect(inMemory.map(exact)).to.deep.equal([
      {
        address,
        country: null,
        asn: null,
        requests: 6,
        denied: 1,
        notFound: 1,
        pagesNotFound: 1,
        ownFaultMisses: 0,
        otherClientErrors: 1,
        serverErrors: 1,
        writes: 2,
        methods: 5,
        toolRequests: 2,
        robotRequests: 1,
        namelessRequests: 1,
        claims: 0,
        authAttempts: 0,
        authFailures: 1,
        pageRequests: 5,
        withoutReferer: 1,
        assets: 1,
        paths: 5,
        agents: 3,
        agent: null,
        bytes: 4_010,
        longestTarget: 6,
        depth: 2,
        sequentialIds: 2,
        activeMinutes: 2,
        busiestMinute: 3,
        busiestTenSeconds: 2,
        sensitive: { '/admin': 1 },
        served: templates('/a/N'),
        missed: templates('/ä', '/a/N', '/admin', '/a.css'),
        novel: 0,
        signatures: [],
      },
    ])
    expect(inDatabase.map(exact)).to.deep.equal(inMemory.map(exact))
    const deviation = Math.sqrt((8 ** 2 * 2 + 22 ** 2 + 17 ** 2 + 11 ** 2) / 5)
    expect(inMemory[0]?.gapMean).to.be.closeTo(18, 1e-9)
    expect(inMemory[0]?.gapDeviation).to.be.closeTo(deviation, 1e-9)
  })

  it('tell what requests are known for, with an example', async () => {
    const [address, other] = ['192.0.2.1', '192.0.2.2']
    const { inDatabase, inMemory } = await tallyBoth([
      visit({ address, path: '/.env', status: 404 }),
      visit({ address, path: '/.env', query: 'x=1', timestamp: at(400) }),
      visit({ address, path: '/', userAgent: 'x Nikto' }),
      visit({ address: other, path: '/.env', optedOut: true }),
      visit({ address: other, path: '/.git/config', status: 403, source: 'service' }),
    ])
    expect(inDatabase.map(exact)).to.deep.equal(inMemory.map(exact))
    const [found, of] = inMemory.map(({ signatures }) => signatures)
    expect(found![0]).to.include({ requests: 2, missed: 1, example: '/.env?x=1' })
    expect(found!.map(({ example }) => example)).to.include('x Nikto')
    expect(of).to.have.length(1)
    expect(of![0]).to.include({ requests: 1, missed: 0, example: '' })
  })

  it('know what is about a path and its query together', async () => {
    const address = '192.0.2.1'
    const { inDatabase, inMemory } = await tallyBoth([
      visit({ address, path: '/x.php', query: 'cmd=whoami' }),
      visit({ address: '192.0.2.2', path: '\\x16\\x03\\x01', status: 400 }),
    ])
    expect(inDatabase.map(exact)).to.deep.equal(inMemory.map(exact))
    const names = inMemory.map(({ signatures }) => signatures.map(({ name }) => name))
    expect(names[0]).to.include('web-shell-command')
    expect(names[1]).to.include('foreign-protocol')
  })

  it('see a sensitive path however it is spelled, and only then', async () => {
    const spellings = ['//admin', '/%61dmin', '/./admin', '/x/../admin', '/ADMIN/', '/admin;x']
    const others = ['/administrator-guide', '/x', '/blog/admin', '/sadmin', '/admin.html']
    const entries = [...spellings, ...others].map((path) =>
      visit({ address: '192.0.2.1', path, query: path === '/x' ? 'next=/admin' : '' }),
    )
    const { inDatabase, inMemory } = await tallyBoth(entries)
    expect(inDatabase[0]?.sensitive).to.deep.equal({ '/admin': spellings.length })
    expect(inMemory[0]?.sensitive).to.deep.equal({ '/admin': spellings.length })
  })

  it('leave out who was refused or is signed in here, and other hours', async () => {
    const refused = { address: '192.0.2.9', source: 'service' as const }
    const { inDatabase } = await tallyBoth([
      ...visits(3, 1_000, { ...refused, status: 403 }),
      ...visits(3, 1_000, { ...refused, status: 429 }),
      ...visits(3, 1_000, { ...refused, status: 200, account: 'me@example.org' }),
      visit({ address: '192.0.2.8', status: 403 }),
      visit({ address: '192.0.2.7', status: null, source: 'check' }),
    ])
    expect(inDatabase.map(({ address }) => address)).to.deep.equal(['192.0.2.7', '192.0.2.8'])

    const before = new Date(HOUR.getTime() - 1)
    await store(database.knex, [visit({ address: '192.0.2.6', timestamp: before.getTime() })])
    await store(database.knex, [visit({ address: '192.0.2.5', timestamp: at(3_600) })])
    expect(await tallyHour(database.knex, HOUR, sensitivePaths)).to.have.length(2)
  })

  it('are read in parts, however many there are', async () => {
    const entries = Array.from({ length: 12_000 }, (_, i) =>
      visit({ address: `10.0.${i >> 8}.${i & 255}`, path: `/admin/${i}` }),
    )
    await store(database.knex, entries)
    const tallies = await tallyHour(database.knex, HOUR, sensitivePaths)
    expect(tallies).to.have.length(12_000)
    expect(tallies.every(({ sensitive }) => sensitive['/admin'] === 1)).to.equal(true)
  })
})

function templates(...of: string[]): Int32Array {
  return Int32Array.from(of, (template) => hashTemplate(template)).sort()
}

function at(seconds: number): number {
  return HOUR.getTime() + seconds * 1_000
}

/** Visits with everything that may differ between two ways of counting. */
function anything(count: number): LogEntry[] {
  const random = seededRandom(1)
  const one = <Value>(...of: Value[]): Value => of[Math.floor(random() * of.length)]!
  // Some of them have more templates than a sample holds.
  const number = () =>
    `/${'abcdefgh'[Math.floor(random() * 8)]}/${'abcdefgh'[Math.floor(random() * 8)]}/${Math.floor(random() * 9)}`
  return Array.from({ length: count }, () =>
    visit({
      address: one('192.0.2.', '2001:db8::') + (1 + Math.floor(random() * 20)),
      timestamp: HOUR.getTime() + Math.floor(random() * 3_600_000),
      method: one('GET', 'HEAD', 'POST', 'PROPFIND', '-'),
      path: one(
        '/',
        '/é',
        '/admin',
        '/%4cogin/x',
        '/login;v=1',
        '/sub/admin',
        '/admin%zz',
        '/.env',
        '*',
        number(),
      ),
      query: one(
        '',
        'a=1',
        'ü',
        'password=x',
        '../../etc/passwd',
        "q=' union select 1",
        `id=${Math.floor(random() * 4)}`,
      ),
      hasReferer: one(true, false, undefined),
      status: one(200, 301, 400, 401, 403, 404, 429, 499, 500, 503, null),
      bytes: one(null, 0, 512, 5_000_000),
      userAgent: one(
        '',
        '-',
        'Mozilla/5.0 (compatible; Googlebot/2.1)',
        'bingbot/2.0',
        'curl/8.1',
        'Mozilla/5.0',
        'python-requests/2',
        'x Nikto',
      ),
      source: one('ingest', 'service', 'check', 'forward-auth'),
    }),
  )
}

function sorted(tallies: Tally[]): Tally[] {
  return tallies.sort((a, b) => (a.address < b.address ? -1 : 1))
}

function exact({ gapMean, gapDeviation, ...tally }: Tally) {
  return tally
}
