import { inSlices } from '../../platform/slices'
import type { SignatureHits } from '../../request-log/signature-hits'
import { hashText } from '../../request-log/sketch'
import { isManyPaths } from '../../request-log/template'
import type { Tally } from '../hour/tally'
import { SiteKnowledge, type Subject } from './knowledge'
import { networkOfStored } from './stored-network'
import { isUnasked } from './unasked'

/** Other networks to which a template must have been served to be nothing new. */
const FEWEST_SERVED = 2
/**
 * Other networks whose people must have missed a template, or matched a signature, to make it the
 * site's own fault: so many, and such a share of all that were seen.
 */
const FEWEST_FAULTS = 3
const FAULT_SHARE = 0.02
/** Misses that are excused for a template of many paths: who goes through them all misses more. */
const EXCUSED_OF_MANY = 3

/**
 * What this site serves, and what is its own fault: learned from those who come, the hour that is
 * judged included, so that it works in the first hour.
 *
 * Whom it learns from is what keeps attackers from teaching it. That a page is served is believed
 * of all who were served more than they missed. That a miss is the site's fault is believed of people
 * only: a browser that got parts of pages or came from one to the next, and nearly always what it
 * asked for. A thousand addresses that try `/wp-login.php` and little else are none of these. And they are
 * counted by networks, so that many neighbours are one.
 */
export class Site {
  readonly #earlier: SiteKnowledge
  /** What it learned since it was made. */
  readonly learned = new SiteKnowledge()

  /** Goes on with what is known of the days before. */
  constructor(earlier = new SiteKnowledge()) {
    this.#earlier = earlier
  }

  /** Learns from an hour, and lets others work in between. */
  async learn(tallies: readonly Tally[]): Promise<void> {
    await inSlices(tallies, (tally) => {
      if (!isPerson(tally)) return
      const network = networkBit(tally.address)
      this.learned.sawPerson(network)
      for (const template of tally.missed) this.learned.noteFault(template, network)
      for (const { name } of tally.signatures) this.learned.noteFault(name, network)
    })
    // Once it is known which signatures are the site's own, for all others make a suspect.
    await inSlices(tallies, (tally) => {
      if (!isServed(tally) || tally.signatures.some(({ name }) => !this.isOwnFault(name))) return
      const network = networkBit(tally.address)
      for (const template of tally.served) this.learned.noteServed(template, network)
    })
  }

  /**
   * Completes tallies by what only the site can tell: `novel`, `ownFaultMisses`, and no signatures
   * that are the site's own.
   */
  async describe(tallies: readonly Tally[]): Promise<void> {
    await inSlices(tallies, (tally) => {
      const own = networkBit(tally.address)
      tally.ownFaultMisses = this.#ownFaultMisses(tally, own)
      tally.novel = this.#novelShare(tally, own)
      if (tally.signatures.length === 0) return
      const isTheirs = ({ name }: SignatureHits) => !this.#isOwnFault(name, own)
      tally.signatures = tally.signatures.filter(isTheirs)
    })
  }

  /** What these have taught, and what all have of signatures, which `describe` has dropped from theirs. */
  async taughtBy(tallies: readonly Tally[]): Promise<Site> {
    const site = new Site()
    await site.learn(tallies)
    for (const known of this.learned.signatures()) site.learned.add(known)
    return site
  }

  /** Whether a template was hardly ever served to others than `address`. */
  isNovel(template: number, address?: string): boolean {
    return this.#isNovel(template, address === undefined ? undefined : networkBit(address))
  }

  /**
   * Whether so many people other than `address` have missed a template or matched a signature that
   * it says nothing of them; and what browsers ask for unasked is nobody's fault.
   */
  isOwnFault(subject: Subject, address?: string): boolean {
    return this.#isOwnFault(subject, address === undefined ? undefined : networkBit(address))
  }

  #isNovel(template: number, own: number | undefined): boolean {
    return this.learned.servedTo(template, this.#earlier, own) < FEWEST_SERVED
  }

  #isOwnFault(subject: Subject, own: number | undefined): boolean {
    if (typeof subject === 'number' && isUnasked(subject)) return true
    const { learned } = this
    const people = learned.people(this.#earlier)
    const needed = Math.max(FEWEST_FAULTS, people * FAULT_SHARE)
    return learned.faultsOf(subject, this.#earlier, own) >= needed
  }

  /** How often each template was missed is not known, so all count alike. */
  #ownFaultMisses({ missed, pagesNotFound }: Tally, own: number): number {
    if (pagesNotFound === 0) return 0
    const perTemplate = pagesNotFound / missed.length
    let misses = 0
    for (const template of missed) {
      if (!this.#isOwnFault(template, own)) continue
      misses += isManyPaths(template) ? Math.min(perTemplate, EXCUSED_OF_MANY) : perTemplate
    }
    return Math.round(misses)
  }

  #novelShare({ served, missed }: Tally, own: number): number {
    let templates = served.length
    let novel = 0
    for (const template of served) if (this.#isNovel(template, own)) novel++
    for (const template of missed) {
      if (served.includes(template)) continue
      templates++
      if (this.#isNovel(template, own) && !this.#isOwnFault(template, own)) novel++
    }
    return templates === 0 ? 0 : novel / templates
  }
}

function isServed({ served, missed }: Tally): boolean {
  return served.length > missed.length
}

function isPerson(tally: Tally): boolean {
  const { toolRequests, robotRequests, namelessRequests, served, assets } = tally
  if (toolRequests + robotRequests + namelessRequests > 0) return false
  const walks = tally.withoutReferer < tally.pageRequests
  return served.length >= 2 && isServed(tally) && (assets > 0 || walks)
}

/** The bit of a sketch for the /24 or /48 that a stored address is in. */
function networkBit(address: string): number {
  return hashText(networkOfStored(address)) >>> 26
}
