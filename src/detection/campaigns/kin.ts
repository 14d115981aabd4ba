import { readBits } from '../../net/bits'
import { inSlices } from '../../platform/slices'
import { SIGNATURES } from '../../signatures/pack'
import type { Family } from '../../signatures/signature'
import type { SignatureHits, Tally } from '../hour/tally'
import type { LogOdds } from './odds'

/** One thing that members of a campaign may have in common; null tells nothing. */
interface Trait {
  of(tally: Tally): string | number | null
  /** What it may say against an address that does not share it, and for one that does. */
  least: LogOdds
  most: LogOdds
}

const FAMILY_OF = new Map(SIGNATURES.map(({ name, family }) => [name, family]))

/** What nobody else was seen with, they may still have: so many of them. */
const UNSEEN = 0.25

/** None decides alone. */
const TRAITS: readonly Trait[] = [
  { of: networkKey, least: -3, most: 4 },
  { of: ({ asn }) => asn, least: 0, most: 2 },
  { of: ({ agent }) => agent, least: 0, most: 2 },
  { of: clientKind, least: -0.5, most: 2 },
  { of: attackedBy, least: -2, most: 2 },
  { of: comesFrom, least: -2, most: 1 },
  { of: ({ requests }) => 31 - Math.clz32(requests), least: -0.5, most: 2 },
]

/**
 * How much each suspect is like the other suspects, and unlike everybody else: network, network
 * operator, user agent, kind of client, what it attacks, whether it follows links, number of requests. Of each trait that is only worth what
 * the suspects make of it: where they come in groups, whoever comes alone is rather none of them.
 */
export async function kinship(
  suspects: readonly Tally[],
  all: readonly Tally[],
): Promise<Float64Array> {
  const counts = TRAITS.map(({ of }) => countBy(suspects, of))
  const overall = TRAITS.map(() => new Map<string | number, number>())
  await inSlices(all, (tally) => {
    TRAITS.forEach(({ of }, nth) => {
      const value = of(tally)
      if (value !== null && counts[nth]!.has(value)) addOne(overall[nth]!, value)
    })
  })

  const odds = new Float64Array(suspects.length)
  TRAITS.forEach(({ of, least, most }, nth) => {
    const among = counts[nth]!
    let groups = 0
    for (const members of among.values()) if (members > 1) groups += members
    const inGroups = groups / (suspects.length + 1)
    suspects.forEach((suspect, i) => {
      const value = of(suspect)
      if (value === null) return
      const kin = among.get(value)! - 1
      const strangers = overall[nth]!.get(value)! - kin - 1
      const ours = kin / suspects.length
      const usual = (strangers + UNSEEN) / (all.length - suspects.length + UNSEEN)
      const shared = Math.log((inGroups * ours) / usual + 1 - inGroups)
      odds[i]! += Math.min(most, Math.max(least, shared))
    })
  })
  return odds
}

/** By what its agent says of itself. Tools are known as robots as well; apps are not. */
export function clientKind(tally: Tally): 'nameless' | 'robot' | 'tool' | 'app' | 'browser' {
  const { requests, namelessRequests, robotRequests, toolRequests } = tally
  if (namelessRequests * 2 > requests) return 'nameless'
  if (robotRequests * 2 > requests && toolRequests === 0) return 'robot'
  if (toolRequests * 2 <= requests) return 'browser'
  return robotRequests * 2 > requests ? 'tool' : 'app'
}

/** What most of its attacks are after; null when it sent none. */
function attackedBy({ signatures }: Tally): Family | null {
  let most: SignatureHits | undefined
  for (const hits of signatures) if (hits.requests > (most?.requests ?? 0)) most = hits
  return (most && FAMILY_OF.get(most.name)) ?? null
}

function comesFrom({ pageRequests, withoutReferer }: Tally): 'somewhere' | 'nowhere' {
  return 2 * withoutReferer > pageRequests ? 'nowhere' : 'somewhere'
}

const words = new Uint32Array(4)

/** The /24 or /48 around an address, as a number; a pseudonym has none. */
export function networkKey({ address }: Tally): number | null {
  const slash = address.indexOf('/')
  const family = readBits(slash < 0 ? address : address.slice(0, slash), words)
  if (family === 4) return words[0]! >>> 8
  const isPseudonym = words[0] === PSEUDONYMS && words[1] === 0
  return isPseudonym ? null : 2 ** 24 + words[0]! * 2 ** 16 + (words[1]! >>> 16)
}

/** The first 32 bits of `PSEUDONYM_NETWORK`. */
const PSEUDONYMS = 0x0100_0000

function countBy(tallies: readonly Tally[], key: Trait['of']): Map<string | number, number> {
  const counts = new Map<string | number, number>()
  for (const tally of tallies) {
    const value = key(tally)
    if (value !== null) addOne(counts, value)
  }
  return counts
}

function addOne<Key>(counts: Map<Key, number>, key: Key): void {
  counts.set(key, (counts.get(key) ?? 0) + 1)
}
