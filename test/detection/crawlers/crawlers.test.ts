import { writeFileSync } from 'node:fs'
import path from 'node:path'
import { expect } from 'chai'
import { Crawlers } from '../../../src/detection/crawlers/crawlers'
import type { Names } from '../../../src/detection/crawlers/lookup'
import { HourInMemory } from '../../../src/detection/hour/in-memory'
import type { Tally } from '../../../src/detection/hour/tally'
import type { Network } from '../../../src/net/network'
import { createLogger } from '../../../src/platform/logger'
import { testFolder } from '../../support/request-log'
import { visit } from '../visits'

const GOOGLE = 'Mozilla/5.0 (compatible; Googlebot/2.1; +http://www.google.com/bot.html)'
const log = createLogger('silent')

/** Somebody else's service: names of addresses, and addresses of names. */
class SomeNames implements Names {
  asked = 0
  constructor(
    readonly names: Record<string, string[]>,
    readonly addresses: Record<string, string[]>,
  ) {}

  async reverse(address: string): Promise<string[]> {
    this.asked++
    return this.names[address] ?? refuse('ENOTFOUND')
  }

  resolve4: Names['resolve4'] = (async (name: string) =>
    this.addresses[name] ?? refuse('ENOTFOUND')) as Names['resolve4']
  resolve6 = this.resolve4 as unknown as Names['resolve6']
}

function refuse(code: string): never {
  throw Object.assign(new Error(code), { code })
}

function tallies(agents: Record<string, string>): Tally[] {
  const hour = new HourInMemory([])
  for (const [address, userAgent] of Object.entries(agents)) hour.add(visit({ address, userAgent }))
  return hour.tallies()
}

const off = { verifyCrawlers: 'off', crawlerRanges: [], monitors: [] } as const
const dns = { ...off, verifyCrawlers: 'dns' } as const

describe('crawlers', () => {
  const names = () =>
    new SomeNames(
      {
        '192.0.2.1': ['crawl-1.googlebot.com'],
        '192.0.2.2': ['crawl-1.googlebot.com'],
        '192.0.2.3': ['googlebot.com.example.org'],
        '2001:db8::1': ['crawl-6.googlebot.com.'],
      },
      { 'crawl-1.googlebot.com': ['192.0.2.1'], 'crawl-6.googlebot.com.': ['2001:DB8:0::1'] },
    )

  async function named(crawlers: Crawlers, agents: Record<string, string>) {
    const found = tallies(agents)
    await crawlers.name(found)
    return Object.fromEntries(found.map(({ address, crawler }) => [address, crawler]))
  }

  it('are those whose name leads back to their address', async () => {
    const all = ['192.0.2.1', '192.0.2.2', '192.0.2.3', '192.0.2.4', '2001:db8::1']
    const agents = Object.fromEntries(all.map((address) => [address, GOOGLE]))
    expect(await named(new Crawlers(dns, log, names()), agents)).to.deep.equal({
      '192.0.2.1': 'Google',
      '192.0.2.2': undefined,
      '192.0.2.3': undefined,
      '192.0.2.4': undefined,
      '2001:db8::1': 'Google',
    })
  })

  it('are not those who say nothing of it, or say to be another one', async () => {
    const agents = { '192.0.2.1': 'Mozilla/5.0 bingbot/2.0', '2001:db8::1': 'curl/8' }
    const found = await named(new Crawlers(dns, log, names()), agents)
    expect(found).to.deep.equal({ '192.0.2.1': undefined, '2001:db8::1': undefined })
    expect(tallies(agents).map(({ claimsCrawler }) => claimsCrawler)).to.deep.equal([
      'Bing',
      undefined,
    ])
  })

  it('are asked for once a day, and nobody is unless it is allowed', async () => {
    const asked = names()
    const crawlers = new Crawlers(dns, log, asked)
    for (let i = 0; i < 3; i++) await named(crawlers, { '192.0.2.1': GOOGLE, '192.0.2.9': GOOGLE })
    expect(asked.asked).to.equal(2)

    await named(new Crawlers(off, log, asked), { '192.0.2.1': GOOGLE })
    expect(asked.asked).to.equal(2)
  })

  it('are asked for again when nobody answered', async () => {
    const asked = names()
    asked.reverse = async () => {
      asked.asked++
      return refuse('ETIMEOUT')
    }
    const crawlers = new Crawlers(dns, log, asked)
    for (let i = 0; i < 2; i++) await named(crawlers, { '192.0.2.1': GOOGLE })
    expect(asked.asked).to.equal(2)
  })

  it('are known by published ranges, which a broken file does not stop', async () => {
    const folder = testFolder()
    const file = path.join(folder.path, 'ranges.json')
    const prefixes = [{ ipv6Prefix: '2001:db8::/32' }, { ipv4Prefix: '198.51.100.0/24' }]
    writeFileSync(file, JSON.stringify({ creationTime: '2026-01-01', prefixes }))
    const crawlers = new Crawlers({ ...off, crawlerRanges: [file] }, log)
    const agents = { '198.51.100.9': GOOGLE, '198.51.100.8': 'curl/8', '203.0.113.1': GOOGLE }
    const known = { '198.51.100.9': 'Google', '198.51.100.8': undefined, '203.0.113.1': undefined }
    expect(await named(crawlers, agents)).to.deep.equal(known)

    writeFileSync(file, '{"prefixes":[{"ipv4Prefix":"198.51.100.0/33"}]}')
    expect(await named(crawlers, agents)).to.deep.equal({ ...known, '198.51.100.9': undefined })
    folder.remove()
  })

  it('keep a hanging resolver from holding up the hour', async () => {
    const asked = names()
    asked.reverse = () => new Promise(() => {})
    const startedAt = performance.now()
    await named(new Crawlers(dns, log, asked), { '192.0.2.1': GOOGLE })
    expect(performance.now() - startedAt).to.be.below(20_000)
  })

  it('are beside own monitors, by their networks', () => {
    const crawlers = new Crawlers({ ...off, monitors: ['192.0.2.0/24' as Network] }, log)
    expect(crawlers.isMonitor('192.0.2.77')).to.equal(true)
    expect(crawlers.isMonitor('192.0.3.77')).to.equal(false)
    expect(crawlers.isMonitor('192.0.2.0/24'), 'a network holds others as well').to.equal(false)
  })
})
