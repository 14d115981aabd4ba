import type { Address } from '../../net/address'
import { inSlices } from '../../platform/slices'
import type { Tally } from '../hour/tally'
import { Background, type SiteKnowledge } from './background'
import type { Campaign, CampaignKind } from './campaign'
import { cover, neighbours } from './cover'
import { describe } from './describe'
import { floodOdds } from './flood'
import { huntOdds } from './hunt'
import { campaignId } from './identity'
import { kinship } from './kin'
import { beyondChance, type LogOdds } from './odds'
import { rotatingClients } from './rotation'
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
 * by chance (`beyondChance`). Time grows with the number of addresses; others work in between.
 */
export async function findCampaigns(
  tallies: readonly Tally[],
  { site, alsoSeen = [] }: Surroundings = {},
): Promise<Campaign[]> {
  const background = await Background.of(tallies, site)
  const drafts: { kind: CampaignKind; members: Tally[] }[] = []
  const taken = new Set<Tally>()
  for await (const suspicion of suspicions(tallies, background)) {
    const members = await membersOf(suspicion, tallies, taken)
    if (members.length < FEWEST_MEMBERS) continue
    for (const member of members) taken.add(member)
    drafts.push({ kind: suspicion.kind, members })
  }
  const rotating = await rotatingClients(tallies, background, taken)
  if (rotating.length > 0) {
    for (const member of rotating) taken.add(member)
    drafts.push({ kind: 'rotation', members: rotating })
  }
  if (drafts.length === 0) return []

  const others = await othersNear(taken, tallies, alsoSeen)
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
async function* suspicions(
  tallies: readonly Tally[],
  background: Background,
): AsyncGenerator<Suspicion> {
  const each = async (odds: (tally: Tally, background: Background) => LogOdds | undefined) => {
    const found = new Map<Tally, LogOdds>()
    await inSlices(tallies, (tally) => {
      const value = odds(tally, background)
      if (value !== undefined) found.set(tally, value)
    })
    return found
  }
  const logins = tallies.filter(({ authAttempts }) => authAttempts > 0).length
  yield { kind: 'stuffing', odds: await each(stuffingOdds), of: logins }
  yield { kind: 'flood', odds: await each(floodOdds), of: tallies.length }
  yield { kind: 'hunt', odds: await huntOdds(tallies, background), of: tallies.length }
  yield { kind: 'scraping', odds: await each(scrapingOdds), of: tallies.length }
}

/** Everybody who is no member, as far as they matter to the networks around members. */
async function othersNear(
  members: ReadonlySet<Tally>,
  tallies: readonly Tally[],
  alsoSeen: readonly Address[],
): Promise<Address[]> {
  const known = new Set<Address>(Array.from(members, ({ address }) => address))
  const isNear = neighbours([...known])
  const others: Address[] = []
  const note = (address: Address) => {
    if (isNear(address) && !known.has(address)) others.push(address)
  }
  await inSlices(tallies, ({ address }) => note(address))
  await inSlices(alsoSeen, note)
  return others
}

async function membersOf(
  { odds, of }: Suspicion,
  tallies: readonly Tally[],
  taken: ReadonlySet<Tally>,
): Promise<Tally[]> {
  const free = [...odds.keys()].filter((tally) => odds.get(tally)! >= SUSPECT && !taken.has(tally))
  const quiet = withoutLoud(free)
  if (quiet.length < FEWEST_MEMBERS) return []
  const kin = await kinship(quiet, tallies)
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
