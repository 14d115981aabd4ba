import { expect } from 'chai'
import { HourInMemory } from '../../../src/detection/hour/in-memory'
import type { Tally } from '../../../src/detection/hour/tally'
import { SiteKnowledge } from '../../../src/detection/site/knowledge'
import { Site } from '../../../src/detection/site/site'
import type { LogEntry } from '../../../src/request-log/entry'
import { hashTemplate, templateOf } from '../../../src/request-log/template'
import { visit } from '../visits'

const HOUR = Date.parse('2026-03-01T10:00:00Z')
const template = (path: string) => hashTemplate(templateOf(path))

/** Somebody from the nth network who reads two articles as a browser loads them, and then `more`. */
function person(nth: number, ...more: Partial<LogEntry>[]): LogEntry[] {
  return asked(`10.${nth >> 8}.${nth & 255}.7`, [
    { path: '/' },
    { path: '/app.css', hasReferer: true },
    { path: `/articles/${nth}`, hasReferer: true },
    ...more,
  ])
}

function asked(address: string, requests: Partial<LogEntry>[]): LogEntry[] {
  return requests.map((request, i) =>
    visit({ hasReferer: false, timestamp: HOUR + i * 1_000, ...request, address }),
  )
}

function range<Value>(count: number, make: (nth: number) => Value): Value[] {
  return Array.from({ length: count }, (_, nth) => make(nth))
}

function tally(...visits: LogEntry[][]): Tally[] {
  const hour = new HourInMemory([])
  for (const entry of visits.flat()) hour.add(entry)
  return hour.tallies()
}

describe('what is known of a site', () => {
  async function siteOf(tallies: Tally[]): Promise<Site> {
    const site = new Site()
    await site.learn(tallies)
    await site.describe(tallies)
    return site
  }
  const missing = (path: string) => ({ path, status: 404, hasReferer: true })

  it('is learned in the first hour: what it serves is nothing new', async () => {
    const odd = asked('192.0.2.1', [{ path: '/articles/99' }, { path: '/hidden' }])
    const tallies = tally(...range(4, (nth) => person(nth)), odd)
    const site = await siteOf(tallies)

    expect(site.isNovel(template('/articles/5'))).to.equal(false)
    expect(site.isNovel(template('/hidden'))).to.equal(true)
    expect(tallies.find(({ address }) => address === '192.0.2.1')?.novel).to.equal(0.5)
  })

  it('counts others only, and neighbours as one', async () => {
    const own = range(9, (nth) => asked(`192.0.2.${nth}`, [{ path: '/mine' }, { path: '/also' }]))
    const tallies = tally(...own)
    const site = await siteOf(tallies)
    expect(site.isNovel(template('/mine'))).to.equal(true)
    expect(tallies.every(({ novel }) => novel === 1)).to.equal(true)
  })

  it('excuses what people of several networks miss, for them and for everybody', async () => {
    const people = range(6, (nth) => person(nth, missing('/old/banner.png'), missing('/gone')))
    const tallies = tally(...people, asked('192.0.2.1', [missing('/gone'), missing('/a.zip')]))
    const site = await siteOf(tallies)

    expect(site.isOwnFault(template('/gone'))).to.equal(true)
    expect(site.isOwnFault(template('/a.zip'))).to.equal(false)
    for (const { address, pagesNotFound, ownFaultMisses } of tallies) {
      expect([pagesNotFound, ownFaultMisses]).to.deep.equal([address === '192.0.2.1' ? 2 : 1, 1])
    }
  })

  it('excuses nothing because attackers miss it in numbers', async () => {
    const attackers = range(397, (nth) =>
      asked(`172.${16 + (nth >> 8)}.${nth & 255}.9`, [
        ...(nth % 2 ? [{ path: '/', hasReferer: true }] : []),
        { path: '/wp-login.php', status: 404, hasReferer: true, method: 'POST' },
      ]),
    )
    const tallies = tally(...range(20, (nth) => person(nth)), ...attackers)
    const site = await siteOf(tallies)
    expect(site.isOwnFault(template('/wp-login.php'))).to.equal(false)
    expect(tallies.filter(({ ownFaultMisses }) => ownFaultMisses > 0)).to.deep.equal([])
  })

  it('takes nothing for served because attackers ask for it in numbers', async () => {
    const attackers = range(400, (nth) =>
      asked(`172.16.${nth & 255}.9`, [
        { path: '/shell.php', status: 200 },
        ...range(2, (n) => ({ path: `/x${n}.php`, status: 404 })),
      ]),
    )
    const site = await siteOf(tally(...range(20, (nth) => person(nth)), ...attackers))
    expect(site.isNovel(template('/shell.php'))).to.equal(true)
  })

  it('excuses a few misses of a page with a number, and not going through all numbers', async () => {
    const people = range(6, (nth) => person(nth, missing(`/orders/${nth}`)))
    const enumerator = asked(
      '192.0.2.1',
      range(200, (n) => missing(`/orders/${1_000 + n}`)),
    )
    const tallies = tally(...people, enumerator)
    await siteOf(tallies)
    const [honest, other] = [tallies[0]!, tallies.at(-1)!]
    expect(honest).to.include({ pagesNotFound: 1, ownFaultMisses: 1 })
    expect(other).to.include({ pagesNotFound: 200, ownFaultMisses: 3 })
  })

  it('excuses what browsers ask for unasked, from the first request', async () => {
    const tallies = tally(asked('192.0.2.1', [missing('/sitemap.xml'), missing('/.env')]))
    await siteOf(tallies)
    expect(tallies[0]).to.include({ pagesNotFound: 2, ownFaultMisses: 1, novel: 0.5 })
  })

  it('drops signatures that many people match', async () => {
    const people = range(6, (nth) => person(nth))
    const tallies = tally(...people, asked('192.0.2.1', [{ path: '/' }]))
    const hit = (name: string) => ({
      name,
      requests: 1,
      missed: 0,
      targets: 1,
      example: '/?q=select',
    })
    for (const each of tallies) each.signatures = [hit('own')]
    tallies.at(-1)!.signatures = [hit('own'), hit('theirs')]
    const site = await siteOf(tallies)
    expect(tallies[0]!.signatures).to.deep.equal([])
    expect(tallies.at(-1)!.signatures.map(({ name }) => name)).to.deep.equal(['theirs'])

    const later = await site.taughtBy(tallies)
    tallies[0]!.signatures = [hit('own')]
    await later.describe(tallies)
    expect(tallies[0]!.signatures, 'also tomorrow').to.deep.equal([])
  })

  it('tells what it serves from what people miss, of the same signature', async () => {
    const people = range(6, (nth) => person(nth))
    const tallies = tally(...people, asked('192.0.2.1', [{ path: '/' }]))
    const [name, example] = ['operations-panel', '/grafana/']
    for (const each of tallies)
      each.signatures = [{ name, requests: 2, missed: 0, targets: 1, example }]
    const seeker = tallies.at(-1)!
    seeker.signatures = [{ name, requests: 5, missed: 4, targets: 1, example: '/solr/' }]
    await siteOf(tallies)
    expect(tallies[0]!.signatures).to.deep.equal([])
    expect(seeker.signatures).to.deep.equal([
      { name, requests: 4, missed: 4, targets: 1, example: '/solr/' },
    ])
  })

  it('does not take grave signatures for its own because some who act like people send them', async () => {
    const people = range(60, (nth) => person(nth))
    const tallies = tally(...people, asked('192.0.2.1', [{ path: '/' }]))
    const hit = { name: 'environment-file', requests: 1, missed: 1, targets: 1, example: '/.env' }
    for (const each of tallies.slice(-9)) each.signatures = [hit]
    await siteOf(tallies)
    expect(tallies.at(-1)!.signatures).to.deep.equal([hit])
    for (const each of tallies.slice(-30)) each.signatures = [hit]
    await siteOf(tallies)
    expect(tallies.at(-1)!.signatures, 'a link of the site is followed by many').to.deep.equal([])
  })

  it('is remembered from one hour to the next', async () => {
    const first = await siteOf(tally(...range(6, (nth) => person(nth, missing('/gone')))))
    const earlier = new SiteKnowledge()
    for (const known of first.learned.list(1_000)) earlier.add(known)

    const tallies = tally(asked('192.0.2.1', [{ path: '/articles/1' }, missing('/gone')]))
    await new Site(earlier).describe(tallies)
    expect(tallies[0]).to.include({ novel: 0, ownFaultMisses: 1 })
  })

  it('is bounded: of very much the best known is kept', async () => {
    const site = await siteOf(
      tally(...range(6, (nth) => person(nth, { path: `/only-${'abcdef'[nth]}` }))),
    )
    const kept = site.learned.list(4).map(({ subject }) => subject)
    expect(kept).to.have.members(['', ...['/', '/app.css', '/articles/1'].map(template)])
  })
})
