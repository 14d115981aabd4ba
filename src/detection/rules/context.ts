import type { Tally } from '../hour/tally'

/** So many addresses, and such a share of them, load parts of pages where the site serves any. */
const FEWEST_BROWSERS = 3
const BROWSERS_SHARE = 0.05
/** With fewer requests for pages an address does not show how it goes from one to the next. */
const FEWEST_STEPS = 3
/** Sites differ less than this many visitors could tell: until they do, their visitors name it. */
const PRIOR_VISITORS = 10
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
}

/** What the addresses of an hour tell the rules about the site. */
export function contextOf(
  tallies: readonly Tally[],
  { maxRequestsPerHour }: Pick<RuleContext, 'maxRequestsPerHour'>,
): RuleContext {
  const browsers = tallies.filter(({ assets }) => assets > 0).length
  return {
    maxRequestsPerHour,
    servesAssets: browsers >= Math.max(FEWEST_BROWSERS, BROWSERS_SHARE * tallies.length),
    namesReferers: namesReferers(tallies),
  }
}

/** Whether those who load parts of pages name the page they come from. */
export function namesReferers(tallies: readonly Tally[]): boolean {
  let going = 0
  let naming = 0
  for (const { assets, pageRequests, withoutReferer } of tallies) {
    if (assets === 0 || pageRequests < FEWEST_STEPS) continue
    going++
    if (withoutReferer < pageRequests) naming++
  }
  return naming + PRIOR_VISITORS >= NAMING_SHARE * (going + PRIOR_VISITORS)
}
