import { truncateAddress } from '../../net/truncate'
import type { Tally } from '../tally'
import type { LogOdds } from './odds'

/** One thing that members of a campaign may have in common; null tells nothing. */
interface Trait {
  of(tally: Tally): string | number | null
  /** What it may say at least against an address that does not share it. */
  least: LogOdds
}

const TRAITS: readonly Trait[] = [
  {
    of: ({ address }) => (address.includes('/') ? address : truncateAddress(address)),
    least: -3,
  },
  { of: ({ asn }) => asn, least: 0 },
  { of: ({ agent }) => agent, least: 0 },
  { of: clientKind, least: -1 },
  { of: ({ requests }) => 31 - Math.clz32(requests), least: -1 },
]

/** What one trait in common may count for at most, so that none decides alone. */
const MOST: LogOdds = 2

/**
 * How much each suspect is like the other suspects, and unlike everybody else: network, network
 * operator, user agent, kind of client, number of requests. Of each trait that is only worth what
 * the suspects make of it: where they come in groups, whoever comes alone is rather none of them.
 */
export function kinship(suspects: readonly Tally[], all: readonly Tally[]): Float64Array {
  const odds = new Float64Array(suspects.length)
  for (const { of, least } of TRAITS) {
    const among = countBy(suspects, of)
    const overall = countBy(all, of, among)
    let groups = 0
    for (const members of among.values()) if (members > 1) groups += members
    const inGroups = groups / (suspects.length + 1)
    suspects.forEach((suspect, i) => {
      const value = of(suspect)
      if (value === null) return
      const kin = among.get(value)! - 1
      const strangers = overall.get(value)! - kin - 1
      const ours = kin / suspects.length
      const usual = (strangers + 1) / (all.length - suspects.length + 1)
      const shared = Math.log((inGroups * ours) / usual + 1 - inGroups)
      odds[i]! += Math.min(MOST, Math.max(least, shared))
    })
  }
  return odds
}

/** By what its agent says of itself. */
export function clientKind(tally: Tally): 'nameless' | 'robot' | 'tool' | 'browser' {
  const { requests, namelessRequests, robotRequests, toolRequests } = tally
  if (namelessRequests * 2 > requests) return 'nameless'
  if (robotRequests * 2 > requests && toolRequests === 0) return 'robot'
  return toolRequests * 2 > requests ? 'tool' : 'browser'
}

function countBy<Key>(
  tallies: readonly Tally[],
  key: (tally: Tally) => Key,
  only?: ReadonlyMap<Key, number>,
): Map<Key, number> {
  const counts = new Map<Key, number>()
  for (const tally of tallies) {
    const value = key(tally)
    if (only && !only.has(value)) continue
    counts.set(value, (counts.get(value) ?? 0) + 1)
  }
  return counts
}
