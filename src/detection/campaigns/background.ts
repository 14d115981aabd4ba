import { inSlices } from '../../platform/slices'
import { FileKind } from '../../request-log/file-kind'
import { templateKind } from '../../request-log/template'
import type { Tally } from '../hour/tally'
import { namesReferers } from '../rules/context'
import { FileKinds } from './file-kinds'
import { share } from './odds'
import { TemplateUse } from './template-use'

/** Sites differ less than this many addresses could tell: what is usual elsewhere counts as much. */
const PRIOR_ADDRESSES = 20
/** Usual shares of addresses that load no parts of pages, never follow a link, do neither, or look for what is not there. */
const PRIOR = {
  withoutAssets: 0.3,
  withoutReferer: 0.4,
  bare: 0.05,
  onlyLogin: 0.05,
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
/** A login that refuses no more than this share says no by a page like any other. */
const LEAST_TOLD = 0.02
/** Requests for pages that belong to one attempt to log in: the form, and where it leads to. */
const MOST_BETWEEN = 2
/** People who forgot their password try about so often. */
const MOST_ATTEMPTS = 5
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
  readonly #use = new TemplateUse()
  readonly #clients = new Float64Array(SIZES)
  readonly #withoutAssets = new Float64Array(SIZES)
  readonly #withoutReferer = new Float64Array(SIZES)
  /** Whether the log tells referers at all. */
  #tellsReferers = false
  /** Whether people name the page they come from. */
  #namesReferers = true
  /** Whether the login says no by a status of its own. */
  tellsFailures = false
  /** Share of the settled clients who log in that are served nothing but the login. */
  onlyLogin = PRIOR.onlyLogin
  /** Those who got in, or went on to something else; of them, who loaded no parts of pages, and followed no link. */
  readonly #signedIn = { clients: 0, withoutAssets: 0, withoutReferer: 0 }
  /** How probable one more attempt to log in is, after each of theirs. */
  again = PRIOR.again
  /** Share of those who read many pages that load no parts of them and follow no link. */
  bare = PRIOR.bare
  /** Share of settled clients that ask for something that is not there and nobody else looks for. */
  strange = PRIOR.strange
  /** The kinds of files that are served to those who load parts of pages or follow links. */
  readonly #servedKinds = new FileKinds()
  /** And that they miss: until they have shown it, what they know, for people mistype that. */
  readonly missedKinds = new FileKinds(this.#servedKinds)

  private constructor(site: SiteKnowledge | undefined) {
    this.#site = site
  }

  /** Learns what is usual, and lets others work in between. */
  static async of(tallies: readonly Tally[], site?: SiteKnowledge): Promise<Background> {
    const background = new Background(site)
    await background.#learn(tallies)
    return background
  }

  async #learn(tallies: readonly Tally[]): Promise<void> {
    const logins = { attempts: 0, failures: 0 }
    await inSlices(tallies, ({ withoutReferer, authAttempts, authFailures }) => {
      if (withoutReferer > 0) this.#tellsReferers = true
      logins.attempts += authAttempts
      // Keys that are refused elsewhere say nothing of the login.
      logins.failures += Math.min(authAttempts, authFailures)
    })
    this.tellsFailures = logins.failures > LEAST_TOLD * logins.attempts
    this.#namesReferers = namesReferers(tallies)
    const settled: Tally[] = []
    await inSlices(tallies, (tally) => {
      this.#countSize(tally)
      this.#countSignedIn(tally)
      if (!this.isBare(tally)) this.#noteKinds(tally)
      if (!this.isSettled(tally)) return
      settled.push(tally)
      this.#use.add(tally)
    })
    const seen = { readers: 0, bare: 0, people: 0, attempts: 0, onlyLogin: 0, strange: 0 }
    await inSlices(tallies, (tally) => {
      if (!this.isReader(tally)) return
      seen.readers++
      if (this.isBare(tally)) seen.bare++
    })
    await inSlices(settled, (tally) => {
      if (tally.missed.some((template) => this.isStrange(template, tally))) seen.strange++
      if (tally.authAttempts === 0) return
      seen.people++
      // Of one who tries hundreds of times the site would learn that everybody does.
      seen.attempts += Math.min(MOST_ATTEMPTS, tally.authAttempts)
      if (seesOnlyLogin(tally)) seen.onlyLogin++
    })
    const { people, attempts } = seen
    this.bare = share(seen.bare, seen.readers, PRIOR.bare, PRIOR_ADDRESSES)
    this.strange = share(seen.strange, settled.length, PRIOR.strange, PRIOR_ADDRESSES)
    this.onlyLogin = share(seen.onlyLogin, people, PRIOR.onlyLogin, PRIOR_ADDRESSES)
    this.again = share(attempts - people, attempts, PRIOR.again, PRIOR_ADDRESSES)
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

  /** Whether it never names the page it comes from, where people do. */
  comesFromNowhere(tally: Tally): boolean {
    return this.#tellsReferers && this.#namesReferers && this.isWithoutReferer(tally)
  }

  /** Whether requests of usual clients match this signature. */
  isOwnFault(signature: string, { address }: Tally): boolean {
    return this.#site?.isOwnFault(signature, address) ?? false
  }

  /** Whether one of these is a page that people read here. */
  isRead(templates: Int32Array): boolean {
    return templates.some((template) => this.#use.servedTo(template) >= FEWEST_SETTLED)
  }

  /** Whether an address reads many pages that people read, and says that it is a browser. */
  isReader({ requests, robotRequests, toolRequests, served }: Tally): boolean {
    return requests >= MANY_PAGES && robotRequests + toolRequests === 0 && this.isRead(served)
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

  /** Parts of pages are loaded by programs, which do not mistype. */
  #noteKinds({ served, missed }: Tally): void {
    for (const template of served) {
      if (templateKind(template) !== FileKind.Media) this.#servedKinds.add(template)
    }
    for (const template of missed) this.missedKinds.add(template)
  }

  /** Of those who sign in and go on, the share that loads no parts of pages; of clients like this one until that is known. */
  withoutAssetsAtLogin(tally: Tally): number {
    const { clients, withoutAssets } = this.#signedIn
    return share(withoutAssets, clients, this.withoutAssets(tally), PRIOR_ADDRESSES)
  }

  /** And the share whose pages all come without a referer. */
  withoutRefererAtLogin(tally: Tally): number {
    const { clients, withoutReferer } = this.#signedIn
    return share(withoutReferer, clients, this.withoutReferer(tally), PRIOR_ADDRESSES)
  }

  #countSignedIn(tally: Tally): void {
    if (tally.authAttempts === 0 || seesOnlyLogin(tally)) return
    this.#signedIn.clients++
    if (tally.assets === 0) this.#signedIn.withoutAssets++
    if (this.isWithoutReferer(tally)) this.#signedIn.withoutReferer++
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

/** Whether an address was served so little, and so little else, that it cannot have got in and gone on. */
export function seesOnlyLogin({ served, pageRequests, authAttempts }: Tally): boolean {
  const others = pageRequests - authAttempts
  return served.length <= LOGIN_TEMPLATES && others <= MOST_BETWEEN * authAttempts + 1
}

function sizeOf(requests: number): number {
  return Math.min(SIZES - 1, 31 - Math.clz32(Math.max(1, requests)))
}
