import type { Tally } from '../tally'
import { share } from './odds'
import { TemplateUse } from './template-use'

/** Sites differ less than this many addresses could tell: what is usual elsewhere counts as much. */
const PRIOR_ADDRESSES = 20
/** Usual shares of addresses that load no parts of pages, never follow a link, do neither, or look for what is not there. */
const PRIOR = {
  withoutAssets: 0.3,
  withoutReferer: 0.4,
  bare: 0.05,
  onlyLogin: 0.1,
  again: 0.3,
  strange: 0.03,
}
/** Requests are told apart by their number: 1, 2–3, 4–7, … */
const SIZES = 12
/** A page that fewer settled clients were served is none that people read. */
const FEWEST_SETTLED = 5
/** With fewer requests than this nobody can tell a reader from a machine. */
const MANY_PAGES = 8
/** Templates of a login itself and of what it leads to. */
const LOGIN_TEMPLATES = 2
/** A path that this many settled clients missed is one that the site sends them to. */
const SITES_OWN = 2
/** Settled clients may miss this many more templates than they are served: icons, old links. */
const FEW_MISSES = 2

/** What is known of the site besides this hour; `Site` knows it. */
export interface SiteKnowledge {
  /** Whether this template was hardly ever served to others than `address`. */
  isNovel(template: number, address?: string): boolean
  /** Whether people who use the site miss this template, or match this signature. */
  isOwnFault(subject: number | string, address?: string): boolean
}

/**
 * What is usual at this site in this hour, above all for its settled clients: those that are
 * served pages and load their parts, or follow its links.
 */
export class Background {
  readonly #site: SiteKnowledge | undefined
  /** Whether the log tells referers at all. */
  readonly #tellsReferers: boolean
  readonly #use = new TemplateUse()
  readonly #clients = new Float64Array(SIZES)
  readonly #withoutAssets = new Float64Array(SIZES)
  readonly #withoutReferer = new Float64Array(SIZES)
  /** Share of those who read many pages that load no parts of them and follow no link. */
  readonly bare: number
  /** Whether the login says no by a status of its own. */
  readonly tellsFailures: boolean
  /** Share of the settled clients who log in that are served nothing but the login. */
  readonly onlyLogin: number
  /** How probable one more attempt to log in is, after each of theirs. */
  readonly again: number
  /** Share of settled clients that ask for something that is not there and nobody else looks for. */
  readonly strange: number

  constructor(tallies: readonly Tally[], site?: SiteKnowledge) {
    this.#site = site
    this.#tellsReferers = tallies.some(({ withoutReferer }) => withoutReferer > 0)
    const settled = tallies.filter((tally) => this.isSettled(tally))
    for (const tally of tallies) this.#countSize(tally)
    for (const tally of settled) this.#use.add(tally)
    this.tellsFailures = tallies.some(({ authFailures }) => authFailures > 0)
    const people = settled.filter(({ authAttempts }) => authAttempts > 0)
    const only = people.filter(seesOnlyLogin).length
    this.onlyLogin = share(only, people.length, PRIOR.onlyLogin, PRIOR_ADDRESSES)
    const attempts = people.reduce((sum, { authAttempts }) => sum + authAttempts, 0)
    this.again = share(attempts - people.length, attempts, PRIOR.again, PRIOR_ADDRESSES)
    const readers = tallies.filter((tally) => this.isReader(tally))
    const bare = readers.filter((tally) => this.isBare(tally)).length
    this.bare = share(bare, readers.length, PRIOR.bare, PRIOR_ADDRESSES)
    let strange = 0
    for (const tally of settled) {
      if (tally.missed.some((template) => this.isStrange(template, tally))) strange++
    }
    this.strange = share(strange, settled.length, PRIOR.strange, PRIOR_ADDRESSES)
  }

  /** Whether a client uses the site as it is meant to be used. */
  isSettled(tally: Tally): boolean {
    const { served, missed, assets } = tally
    if (served.length === 0 || missed.length > served.length + FEW_MISSES) return false
    return assets > 0 || (this.#tellsReferers && !this.isWithoutReferer(tally))
  }

  /** Whether a path that was not served is neither one the site has nor one it sends its clients to. */
  isStrange(template: number, { address }: Tally): boolean {
    if (this.#site?.isOwnFault(template, address)) return false
    if (this.#site && !this.#site.isNovel(template, address)) return false
    return this.#use.missedBy(template) < SITES_OWN && this.#use.servedTo(template) < SITES_OWN
  }

  /** Whether it follows no link, as far as the log tells. */
  isWithoutReferer({ withoutReferer, pageRequests }: Tally): boolean {
    return !this.#tellsReferers || withoutReferer === pageRequests
  }

  /** Whether requests of usual clients match this signature. */
  isOwnFault(signature: string, { address }: Tally): boolean {
    return this.#site?.isOwnFault(signature, address) ?? false
  }

  /** Whether one of these is a page that people read here. */
  isRead(templates: Int32Array): boolean {
    return templates.some((template) => this.#use.servedTo(template) >= FEWEST_SETTLED)
  }

  /** Whether an address reads many pages that people read, and is no robot that says so. */
  isReader({ requests, robotRequests, served }: Tally): boolean {
    return requests >= MANY_PAGES && robotRequests === 0 && this.isRead(served)
  }

  /** Whether it loads no part of a page and follows no link. */
  isBare(tally: Tally): boolean {
    return tally.assets === 0 && this.isWithoutReferer(tally)
  }

  /**
   * How often settled clients that read these pages ask for each of theirs: nine in ten do less
   * often. Undefined when none of them is read by people.
   */
  repeats(templates: Int32Array): number | undefined {
    const read = templates.filter((template) => this.#use.servedTo(template) >= FEWEST_SETTLED)
    if (read.length === 0) return undefined
    return Math.max(...read.map((template) => this.#use.repeats(template)))
  }

  /** Share of the clients with about as many requests that load no parts of pages. */
  withoutAssets({ requests }: Tally): number {
    return this.#shareOf(this.#withoutAssets, requests, PRIOR.withoutAssets)
  }

  /** Share of the clients with about as many requests whose pages all come without a referer. */
  withoutReferer({ requests }: Tally): number {
    return this.#shareOf(this.#withoutReferer, requests, PRIOR.withoutReferer)
  }

  #countSize(tally: Tally): void {
    const { requests, assets } = tally
    const size = sizeOf(requests)
    this.#clients[size]!++
    if (assets === 0) this.#withoutAssets[size]!++
    if (this.isWithoutReferer(tally)) this.#withoutReferer[size]!++
  }

  #shareOf(counts: Float64Array, requests: number, prior: number): number {
    const size = sizeOf(requests)
    return share(counts[size]!, this.#clients[size]!, prior, PRIOR_ADDRESSES)
  }
}

/** Whether an address was served so little that it cannot have got in and gone on. */
export function seesOnlyLogin({ served }: Tally): boolean {
  return served.length <= LOGIN_TEMPLATES
}

function sizeOf(requests: number): number {
  return Math.min(SIZES - 1, 31 - Math.clz32(Math.max(1, requests)))
}
