import { Resolver } from 'node:dns/promises'
import { isIP } from 'node:net'
import { type Address, parseAddress } from '../../net/address'
import type { Crawler } from '../../request-log/crawler-names'

const ANSWER_MS = 2_000
/** Look-ups at a time; what is not done when the time is over is left for the next hour. */
const AT_ONCE = 16
const BUDGET_MS = 6_000
const MOST_PER_RUN = 500
/** Answers that are remembered, and for how long. */
const REMEMBERED = 10_000
const REMEMBERED_MS = 24 * 3_600_000

/** Who turns addresses into names and back; throws when there is none. */
export type Names = Pick<Resolver, 'reverse' | 'resolve4' | 'resolve6'>

/** An address, and the crawlers it says it is. */
export interface Claim {
  address: Address
  crawlers: readonly Crawler[]
}

/**
 * Tells crawlers from those who take their name, as the search engines themselves recommend: the
 * address has a name in their domain, and that name has the address. Asks DNS, in the hourly job only.
 */
export class CrawlerLookup {
  readonly #names: Names
  /** The name of the crawler that an address is of; empty when of none. */
  readonly #known = new Map<Address, { name: string; until: number }>()

  constructor(names: Names = new Resolver({ timeout: ANSWER_MS, tries: 1 })) {
    this.#names = names
  }

  /** The names of those who are what they say, as far as that was found out in a few seconds; never throws. */
  async verify(claims: readonly Claim[], now = Date.now()): Promise<Map<Address, string>> {
    const endsAt = performance.now() + BUDGET_MS
    const waiting = claims.filter(({ address }) => !this.#isKnown(address, now))
    waiting.splice(MOST_PER_RUN)
    const work = async () => {
      while (performance.now() < endsAt) {
        const claim = waiting.shift()
        if (!claim) return
        const name = await within(endsAt - performance.now(), this.#lookUp(claim))
        // Whoever could not be asked is asked again.
        if (name !== undefined) this.#remember(claim.address, name, now)
      }
    }
    await Promise.all(Array.from({ length: AT_ONCE }, work))

    const verified = new Map<Address, string>()
    for (const { address } of claims) {
      const name = this.#known.get(address)?.name
      if (name) verified.set(address, name)
    }
    return verified
  }

  /** What was found out about an address in the last day; undefined when it is none, or was not asked for. */
  known(address: Address, now = Date.now()): string | undefined {
    return this.#isKnown(address, now) ? this.#known.get(address)?.name || undefined : undefined
  }

  async #lookUp({ address, crawlers }: Claim): Promise<string | undefined> {
    try {
      for (const name of await this.#names.reverse(address)) {
        const crawler = crawlers.find(({ domains }) => domains.some((domain) => isIn(name, domain)))
        if (crawler && (await this.#has(name, address))) return crawler.name
      }
      return ''
    } catch (error) {
      const { code } = error as NodeJS.ErrnoException
      return code === 'ENOTFOUND' || code === 'ENODATA' ? '' : undefined
    }
  }

  async #has(name: string, address: Address): Promise<boolean> {
    const found =
      isIP(address) === 4 ? await this.#names.resolve4(name) : await this.#names.resolve6(name)
    return found.some((text) => parseAddress(text) === address)
  }

  #isKnown(address: Address, now: number): boolean {
    const known = this.#known.get(address)
    if (known && known.until > now) return true
    this.#known.delete(address)
    return false
  }

  #remember(address: Address, name: string, now: number): void {
    if (this.#known.size >= REMEMBERED) this.#known.clear()
    this.#known.set(address, { name, until: now + REMEMBERED_MS })
  }
}

function isIn(name: string, domain: string): boolean {
  const host = name.toLowerCase().replace(/\.$/, '')
  return host === domain || host.endsWith(`.${domain}`)
}

/** What `work` resolves with; undefined when that takes longer. */
async function within<Value>(ms: number, work: Promise<Value>): Promise<Value | undefined> {
  let timer: NodeJS.Timeout | undefined
  const over = new Promise<undefined>((resolve) => {
    timer = setTimeout(() => resolve(undefined), Math.max(0, ms))
  })
  return Promise.race([work, over]).finally(() => clearTimeout(timer))
}
