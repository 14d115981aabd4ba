import type { Address } from '../../net/address'
import type { Tally } from '../tally'
import { Background, type SiteKnowledge } from './background'
import type { Campaign, CampaignKind } from './campaign'
import { cover } from './cover'
import { describe } from './describe'
import { floodOdds } from './flood'
import { huntOdds } from './hunt'
import { campaignId } from './identity'
import { kinship } from './kin'
import { beyondChance, type LogOdds } from './odds'
import { scrapingOdds } from './scraping'
import { stuffingOdds } from './stuffing'

/** Fewer addresses than this are no campaign: each of them is judged by itself. */
const FEWEST_MEMBERS = 5
/** Of the members that are found so many may be usual clients, on average. */
const INNOCENTS = 0.01
/** From these odds on an address is compared with the other suspects. */
const SUSPECT: LogOdds = 1
/** Whoever is so much more unlike the other suspects than like them is no member. */
const STRANGER: LogOdds = -1
/** An address this many times as loud as the others needs no campaign to be seen. */
const LOUD = 16

/** Odds of the addresses that one kind of campaign may be made of, and of how many they were chosen. */
interface Suspicion {
  kind: CampaignKind
  odds: ReadonlyMap<Tally, LogOdds>
  of: number
}

/** What `findCampaigns` may know besides the tallies. */
export interface Surroundings {
  site?: SiteKnowledge | undefined
  /** Addresses that came at other times: no network is made around them. */
  alsoSeen?: readonly Address[] | undefined
}

/**
 * The campaigns among the addresses of one hour, or of a part of one: groups that do one thing
 * together, each address too little to be noticed.
 *
 * For each kind, every address gets the odds of taking part against being a usual client of this
 * site in this hour; what suspects have in common is added; and as many are members as cannot be
 * by chance (`beyondChance`). Pure; time grows with the number of addresses.
 */
export function findCampaigns(
  tallies: readonly Tally[],
  { site, alsoSeen = [] }: Surroundings = {},
): Campaign[] {
  const background = new Background(tallies, site)
  const drafts: { kind: CampaignKind; members: Tally[] }[] = []
  const taken = new Set<Tally>()
  for (const suspicion of suspicions(tallies, background)) {
    const members = membersOf(suspicion, tallies).filter((tally) => !taken.has(tally))
    if (members.length < FEWEST_MEMBERS) continue
    for (const member of members) taken.add(member)
    drafts.push({ kind: suspicion.kind, members })
  }
  if (drafts.length === 0) return []

  const known = new Set<string>(Array.from(taken, ({ address }) => address))
  const others = [...tallies.map(({ address }) => address), ...alsoSeen].filter(
    (address) => !known.has(address),
  )
  return drafts.map(({ kind, members }) => {
    const addresses = members.map(({ address }) => address).sort()
    const networks = cover(addresses, others)
    return {
      id: campaignId(kind, addresses),
      kind,
      members: addresses,
      networks,
      ...describe(kind, members, tallies, background, networks.length),
    }
  })
}

/** The clearest kind first: an address is a member of one campaign. */
function* suspicions(tallies: readonly Tally[], background: Background): Generator<Suspicion> {
  const each = (odds: (tally: Tally, background: Background) => LogOdds | undefined) => {
    const found = new Map<Tally, LogOdds>()
    for (const tally of tallies) {
      const value = odds(tally, background)
      if (value !== undefined) found.set(tally, value)
    }
    return found
  }
  const logins = each(stuffingOdds)
  yield { kind: 'stuffing', odds: logins, of: logins.size }
  yield { kind: 'flood', odds: each(floodOdds), of: tallies.length }
  yield { kind: 'hunt', odds: huntOdds(tallies, background), of: tallies.length }
  yield { kind: 'scraping', odds: each(scrapingOdds), of: tallies.length }
}

function membersOf({ odds, of }: Suspicion, tallies: readonly Tally[]): Tally[] {
  const quiet = withoutLoud([...odds.keys()].filter((tally) => odds.get(tally)! >= SUSPECT))
  if (quiet.length < FEWEST_MEMBERS) return []
  const kin = kinship(quiet, tallies)
  const suspects = quiet
    .map((tally, i) => ({ tally, odds: odds.get(tally)! + kin[i]!, kin: kin[i]! }))
    .filter(({ kin }) => kin > STRANGER)
    .sort((a, b) => b.odds - a.odds)
  const sorted = suspects.map(({ odds }) => odds)
  return suspects.slice(0, beyondChance(sorted, of, INNOCENTS)).map(({ tally }) => tally)
}

function withoutLoud(suspects: Tally[]): Tally[] {
  const sizes = suspects.map(({ requests }) => requests).sort((a, b) => a - b)
  const middle = sizes[sizes.length >> 1] ?? 0
  return suspects.filter(({ requests }) => requests <= LOUD * middle)
}
