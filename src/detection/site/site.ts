import { inSlices } from '../../platform/slices'
import type { SignatureHits } from '../../request-log/signature-hits'
import { hashText } from '../../request-log/sketch'
import { isManyPaths } from '../../request-log/template'
import { SIGNATURES } from '../../signatures/pack'
import type { SignatureSeverity } from '../../signatures/signature'
import type { Tally } from '../hour/tally'
import { SiteKnowledge, type Subject } from './knowledge'
import { networkOfStored } from './stored-network'
import { isUnasked } from './unasked'

/** Other networks to which a template must have been served to be nothing new. */
const FEWEST_SERVED = 2
/**
 * Other networks whose people must have missed a template, or matched a signature, to make it the
 * site's own: so many, and such a share of all that were seen. The graver a signature, the more:
 * six who act like people must not teach that passwords are asked for here.
 */
const OWN: Record<SignatureSeverity, { fewest: number; share: number }> = {
  low: { fewest: 3, share: 0.02 },
  medium: { fewest: 5, share: 0.05 },
  high: { fewest: 10, share: 0.2 },
}
const SEVERITY = new Map<Subject, SignatureSeverity>(
  SIGNATURES.map(({ name, severity }) => [name, severity]),
)
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
      for (const { name, requests, missed } of tally.signatures) {
        if (missed > 0) this.learned.noteFault(name, network)
        if (missed < requests) this.learned.noteServed(name, network)
      }
    })
    // Once it is known which signatures are the site's own, for all others make a suspect.
    await inSlices(tallies, (tally) => {
      if (!isServed(tally) || this.#theirs(tally.signatures).length > 0) return
      const network = networkBit(tally.address)
      for (const template of tally.served) this.learned.noteServed(template, network)
    })
  }

  /**
   * Completes tallies by what only the site can tell: `novel`, `ownFaultMisses`, and of signatures
   * only what is not the site's own: who misses what people are served there still looks for it.
   */
  async describe(tallies: readonly Tally[]): Promise<void> {
    await inSlices(tallies, (tally) => {
      const own = networkBit(tally.address)
      tally.ownFaultMisses = this.#ownFaultMisses(tally, own)
      tally.novel = this.#novelShare(tally, own)
      if (tally.signatures.length === 0) return
      tally.signatures = this.#theirs(tally.signatures, own)
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
    return this.#isNovel(template, bitOf(address))
  }

  /**
   * Whether so many people other than `address` have missed a template, or what matches a signature,
   * that it says nothing of them; and what browsers ask for unasked is nobody's fault.
   */
  isOwnFault(subject: Subject, address?: string): boolean {
    return this.#isOwnFault(subject, bitOf(address))
  }

  #isNovel(template: number, own: number | undefined): boolean {
    return this.learned.servedTo(template, this.#earlier, own) < FEWEST_SERVED
  }

  #isOwnFault(subject: Subject, own: number | undefined): boolean {
    if (typeof subject === 'number' && isUnasked(subject)) return true
    return this.learned.faultsOf(subject, this.#earlier, own) >= this.#needed(subject)
  }

  /** Whether what matches a signature is answered, and so many other people ask for it. */
  #isOwnService(signature: string, own: number | undefined): boolean {
    return this.learned.servedTo(signature, this.#earlier, own) >= this.#needed(signature)
  }

  #needed(subject: Subject): number {
    const { fewest, share } = OWN[SEVERITY.get(subject) ?? 'low']
    return Math.max(fewest, this.learned.people(this.#earlier) * share)
  }

  /** Of these hits those that are not the site's own. */
  #theirs(hits: readonly SignatureHits[], own?: number): SignatureHits[] {
    return hits.flatMap((hit) => {
      const missed = this.#isOwnFault(hit.name, own) ? 0 : hit.missed
      const served = this.#isOwnService(hit.name, own) ? 0 : hit.requests - hit.missed
      if (missed + served === hit.requests) return [hit]
      return missed + served > 0 ? [{ ...hit, requests: missed + served, missed }] : []
    })
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

function bitOf(address: string | undefined): number | undefined {
  return address === undefined ? undefined : networkBit(address)
}

/** The bit of a sketch for the /24 or /48 that a stored address is in. */
function networkBit(address: string): number {
  return hashText(networkOfStored(address)) >>> 26
}
