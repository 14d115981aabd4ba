import { HourInMemory } from '../../../src/detection/hour/in-memory'
import type { Tally } from '../../../src/detection/hour/tally'
import { seededRandom } from '../../../src/detection/learned/random'
import type { Address } from '../../../src/net/address'
import type { LogEntry } from '../../../src/request-log/entry'
import { visit } from '../visits'

export const HOUR = Date.parse('2026-03-01T10:00:00Z')
const HOUR_MS = 3_600_000

const WORDS =
  'admin backup old site db dump www test data config export prod panel shop users media archive web portal mail'.split(
    ' ',
  )
const ENDINGS = ['zip', 'sql', 'tar.gz', 'bak', 'rar', 'php', 'old', 'txt', 'json', '7z']
const ASSETS = ['app.js', 'style.css', 'logo.svg', 'hero.webp']

export type Asked = Partial<LogEntry>

/** The traffic of one hour, made up: every client has an address that nobody else has. */
export class Traffic {
  readonly entries: LogEntry[] = []
  readonly #random: () => number
  readonly #ending: string
  readonly #used = new Set<string>()

  /** The same for the same seed; the names of the site's pages may have an ending, as `.php`. */
  constructor(seed = 1, ending = '') {
    this.#random = seededRandom(seed)
    this.#ending = ending
  }

  tallies(): Tally[] {
    const hour = new HourInMemory(['/admin', '/login'])
    for (const entry of this.entries.toSorted((a, b) => a.timestamp - b.timestamp)) hour.add(entry)
    return hour.tallies()
  }

  /** People who read pages, with their parts, and follow links; some make mistakes. */
  visitors(count: number, { perNetwork = 1 } = {}): void {
    const visit = () => {
      const pages = Array.from({ length: this.between(1, 8) }, (_, nth) => [
        { path: this.page(), hasReferer: nth > 0 || this.chance(0.5) },
        ...this.times(this.between(0, 3), {
          path: `/assets/${this.one(ASSETS)}`,
          hasReferer: true,
        }),
      ]).flat()
      return this.chance(0.03) ? [...pages, this.#mistake(true)] : pages
    }
    this.crowd(count, visit, '', perNetwork)
    this.crowd(count / 50, () => [this.#mistake(false)])
  }

  /** People who sign in; some mistype their password, to which the login answers `failure`. */
  users(count: number, failure = 401): void {
    const attempt = (status: number) => ({ path: '/login', method: 'POST', status })
    this.crowd(count, () =>
      [
        { path: '/login' },
        { path: '/assets/app.js' },
        ...this.times(this.chance(0.15) ? this.between(1, 3) : 0, attempt(failure)),
        attempt(302),
        { path: '/dashboard' },
        { path: '/assets/logo.svg' },
        ...Array.from({ length: this.between(3, 12) }, () => ({
          path: this.one(['/projects/7', '/settings', '/team', '/api/me', '/reports']),
        })),
      ].map((request) => ({ hasReferer: true, ...request })),
    )
  }

  /** All that looks like a campaign and is none. */
  decoys(size: number): void {
    const shared = '/articles/that-everybody-shares'
    this.crowd(2 * size, () => [{ path: shared, hasReferer: this.chance(0.3) }])
    this.crowd(
      size,
      () => this.times(this.between(12, 70), { path: '/api/v1/notifications' }),
      'AcmeApp/4.3 (Android 13) okhttp/4.12.0',
    )
    this.crowd(
      size / 2,
      () => this.times(this.between(1, 5), { path: '/feed.xml' }),
      'NewsReader/2.1',
    )
    // An app whose new version asks for what has been taken away, and one whose session ended.
    const removed = { path: '/api/v1/old', status: 404 }
    this.crowd(size, () => this.times(this.between(3, 20), removed), 'AcmeApp/3.9 (iOS 17)')
    const ended = { path: '/api/v2/sync', status: 401 }
    this.crowd(size, () => this.times(this.between(3, 12), ended), 'AcmeSync/1.2')
    this.crowd(size / 4, () => [
      { path: this.page() },
      ...this.times(this.between(0, 3), { path: '/old/page', status: 404, hasReferer: true }),
    ])
    this.crowd(3, () =>
      Array.from({ length: 150 }, () => [
        { path: this.page(), userAgent: this.browser(), hasReferer: true },
        { path: '/assets/app.js', userAgent: this.browser(), hasReferer: true },
      ]).flat(),
    )
    this.crowd(
      30,
      () =>
        Array.from({ length: this.between(1, 30) }, () =>
          this.chance(0.1)
            ? { path: `/gone/${this.below(99)}-${this.one(WORDS)}`, status: 404 }
            : { path: `/articles/${this.below(900)}` },
        ),
      'Mozilla/5.0 (compatible; Googlebot/2.1; +http://www.google.com/bot.html)',
    )
  }

  /** A search for files that are not there, other ones by each address. */
  hunt(size: number, { least = 1, most = 3, perNetwork = 1, userAgent = '' } = {}): Address[] {
    const file = () =>
      `/${this.one(WORDS)}${this.one(['', '-', '_', '/'])}${this.one(WORDS)}.${this.one(ENDINGS)}`
    const asked = () => ({ path: file(), method: this.one(['GET', 'HEAD']), status: 404 })
    const requests = () => Array.from({ length: this.between(least, most) }, asked)
    return this.crowd(size, requests, userAgent, perNetwork)
  }

  /** Stolen passwords, a few by each address; a login may say no with any status. */
  stuffing(size: number, { each = 5, status = 401 } = {}): Address[] {
    const attempt = { path: '/login', method: 'POST', status }
    return this.crowd(size, () =>
      Array.from({ length: this.between(Math.ceil(each / 2), Math.floor(each * 1.5)) }, () =>
        this.chance(0.5) ? [attempt] : [{ path: '/login' }, attempt],
      ).flat(),
    )
  }

  /** The same two pages again and again. */
  flood(size: number, { each = 60 } = {}): Address[] {
    return this.crowd(size, () =>
      Array.from({ length: this.between(Math.ceil(each / 2), Math.floor(each * 1.5)) }, () => ({
        path: this.one(['/', '/search']),
        query: `q=${this.below(9_999)}`,
        status: this.chance(0.2) ? 503 : 200,
      })),
    )
  }

  /** Articles by number, one after the other, each address its own part of them. */
  scraping(size: number, { each = 30 } = {}): Address[] {
    let next = 1_000
    return this.crowd(size, () =>
      Array.from({ length: each }, () => ({ path: this.article(next++) })),
    )
  }

  /** Pages that people read, a few by each address and then by the next of the same networks. */
  rotation(size: number, { each = 4, perNetwork = 100 } = {}): Address[] {
    const asked = () => ({ path: this.page() })
    const requests = () => Array.from({ length: each }, asked)
    return this.crowd(size, requests, '', perNetwork)
  }

  crowd(size: number, requests: () => Asked[], agentOfAll = '', perNetwork = 1): Address[] {
    let network: string | undefined
    return Array.from({ length: Math.floor(size) }, (_, i) => {
      if (perNetwork > 1 && i % perNetwork === 0) {
        network = `${this.between(103, 122)}.${this.below(256)}.${this.below(256)}`
      }
      const address = this.#address(network)
      const userAgent = agentOfAll || this.browser()
      const asked = requests()
      const pace = this.between(1_000, HOUR_MS / 2 / asked.length)
      let timestamp = HOUR + this.#random() * (HOUR_MS / 2)
      for (const request of asked) {
        this.entries.push(visit({ hasReferer: false, userAgent, ...request, address, timestamp }))
        timestamp += pace * 0.95 * this.#random()
      }
      return address
    })
  }

  /** A new address; with `network`, the first three numbers of one, inside it. */
  #address(network?: string): Address {
    for (;;) {
      const three = network ?? [this.between(11, 98), this.below(256), this.below(256)].join('.')
      const address = `${three}.${this.between(1, 254)}`
      if (this.#used.has(address)) continue
      this.#used.add(address)
      return address as Address
    }
  }

  browser(): string {
    const system = this.one(['Windows NT 10.0; Win64; x64', 'X11; Linux x86_64', 'Macintosh'])
    const version = this.between(110, 134)
    return `Mozilla/5.0 (${system}) AppleWebKit/537.36 Chrome/${version}.0 Safari/537.36`
  }

  /** The page of an article. */
  article(number: number): string {
    return `/articles/${number}${this.#ending}`
  }

  page(): string {
    const page = this.one([
      '/',
      '/blog',
      '/about',
      `/articles/${this.below(900)}`,
      '/docs',
      '/search',
    ])
    return page === '/' ? page : `${page}${this.#ending}`
  }

  #mistake(hasReferer: boolean): Asked {
    const path = `/blog/${this.one(WORDS)}-${this.one(WORDS)}-${this.one(WORDS)}${this.#ending}`
    return { path, status: 404, hasReferer }
  }

  times(count: number, request: Asked): Asked[] {
    return Array.from({ length: count }, () => request)
  }

  one<Value>(values: readonly Value[]): Value {
    return values[this.below(values.length)]!
  }

  chance(probability: number): boolean {
    return this.#random() < probability
  }

  between(least: number, most: number): number {
    return least + this.below(most - least + 1)
  }

  below(limit: number): number {
    return Math.floor(this.#random() * limit)
  }
}
