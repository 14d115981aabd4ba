import { type Address, parseAddress } from '../../net/address'
import type { Network } from '../../net/network'
import { NetworkSet } from '../../net/network-set'
import type { Logger } from '../../platform/logger'
import { crawlersOf } from '../../request-log/crawler-names'
import type { Tally } from '../hour/tally'
import { CrawlerLookup, type Names } from './lookup'
import { type CrawlerRanges, readCrawlerRanges } from './ranges'

export interface CrawlerSettings {
  /** Whether names are looked up in DNS. */
  verifyCrawlers: 'off' | 'dns'
  /** Files with the ranges of crawlers (`readCrawlerRanges`). */
  crawlerRanges: readonly string[]
  /** Where one's own monitors are. */
  monitors: readonly Network[]
}

/** Who says that it is a crawler; `crawler` is named when that is true. */
export type Claimant = Pick<Tally, 'address' | 'claims' | 'requests' | 'crawler'>

/**
 * Knows whom nobody needs to judge: crawlers that are what they say, and one's own monitors. A user
 * agent alone is believed by nobody.
 */
export class Crawlers {
  readonly #settings: CrawlerSettings
  readonly #log: Pick<Logger, 'warn'>
  readonly #monitors: NetworkSet<true>
  readonly #lookup: CrawlerLookup

  constructor(settings: CrawlerSettings, log: Pick<Logger, 'warn'>, names?: Names) {
    this.#settings = settings
    this.#log = log
    this.#monitors = NetworkSet.from(
      settings.monitors.map((network) => ({ network, value: true as const })),
    )
    this.#lookup = new CrawlerLookup(names)
  }

  /** Whether an address is one of one's own monitors. */
  isMonitor(address: string): boolean {
    const parsed = parseAddress(address)
    return parsed !== undefined && this.#monitors.find(parsed) !== undefined
  }

  /**
   * Names the tallies of verified crawlers, the loudest first while there is time; those whose
   * addresses are not stored whole cannot be verified. Never throws: who was not verified is judged.
   */
  async name(tallies: readonly Claimant[]): Promise<void> {
    const { verifyCrawlers } = this.#settings
    const claiming = tallies
      .filter(({ claims, address }) => claims !== 0 && !address.includes('/'))
      .sort((a, b) => b.requests - a.requests)
    if (claiming.length === 0) return

    const ranges = await this.#ranges()
    for (const tally of claiming) {
      if (ranges?.find(tally.address)) tally.crawler = crawlersOf(tally.claims)[0]!.name
    }
    if (verifyCrawlers === 'off') return
    const claims = claiming
      .filter(({ crawler }) => crawler === undefined)
      .map(({ address, claims }) => ({ address, crawlers: crawlersOf(claims) }))
      .filter(({ crawlers }) => crawlers.some(({ domains }) => domains.length > 0))
    const verified = await this.#lookup.verify(claims)
    for (const tally of claiming) tally.crawler ??= verified.get(tally.address)
  }

  /**
   * The crawler that an address is, by the ranges and by what DNS has said in the last day; it is not
   * asked again. `claims` are those that the address says it is. Never rejects.
   */
  async known(address: Address, claims: number): Promise<string | undefined> {
    const [first] = crawlersOf(claims)
    if (!first) return undefined
    return (await this.#ranges())?.find(address) ? first.name : this.#lookup.known(address)
  }

  /** Read anew each time: the files change. */
  async #ranges(): Promise<CrawlerRanges | undefined> {
    const { crawlerRanges } = this.#settings
    if (crawlerRanges.length === 0) return undefined
    try {
      return await readCrawlerRanges(crawlerRanges)
    } catch (error) {
      this.#log.warn({ error }, 'detection: the ranges of crawlers cannot be read')
      return undefined
    }
  }
}
