import type { Tally } from '../hour/tally'

/** So many addresses, and such a share of them, load parts of pages where the site serves any. */
const FEWEST_BROWSERS = 3
const BROWSERS_SHARE = 0.05
/** With fewer requests for pages an address does not show how it goes from one to the next. */
const FEWEST_STEPS = 3
/** Sites differ less than this many visitors could tell; what counts for them until they do. */
const PRIOR = { visitors: 10, naming: 1, bare: 0.1 }
/** Of those who load parts of pages, fewer than this name the page they come from where none does. */
const NAMING_SHARE = 0.3

/** What the rules know beside the address. */
export interface RuleContext {
  /** The limit of the volume rule. */
  maxRequestsPerHour: number
  /** Whether visitors of this site load parts of pages from it, as browsers do. */
  servesAssets: boolean
  /** Whether its visitors name the page they come from; some sites ask browsers not to. */
  namesReferers: boolean
  /**
   * Of those who follow links, the share that loads no parts of pages: hardly anybody who reads, many
   * who leave an application open that fetches data.
   */
  bareWalkers: number
}

/** What the addresses of an hour tell the rules about the site. */
export function contextOf(
  tallies: readonly Tally[],
  { maxRequestsPerHour }: Pick<RuleContext, 'maxRequestsPerHour'>,
): RuleContext {
  const seen = { browsers: 0, going: 0, naming: 0, walkers: 0, bare: 0 }
  for (const { assets, pageRequests, withoutReferer, toolRequests, robotRequests } of tallies) {
    if (assets > 0) seen.browsers++
    if (pageRequests < FEWEST_STEPS || toolRequests + robotRequests > 0) continue
    const names = withoutReferer < pageRequests
    if (assets > 0) seen.going++
    if (assets > 0 && names) seen.naming++
    if (names) seen.walkers++
    if (names && assets === 0) seen.bare++
  }
  return {
    maxRequestsPerHour,
    servesAssets: seen.browsers >= Math.max(FEWEST_BROWSERS, BROWSERS_SHARE * tallies.length),
    namesReferers: drawn(seen.naming, seen.going, PRIOR.naming) >= NAMING_SHARE,
    bareWalkers: drawn(seen.bare, seen.walkers, PRIOR.bare),
  }
}

function drawn(part: number, of: number, prior: number): number {
  return (part + prior * PRIOR.visitors) / (of + PRIOR.visitors)
}
