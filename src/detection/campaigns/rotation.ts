import { inSlices } from '../../platform/slices'
import type { Tally } from '../hour/tally'
import type { Background } from './background'
import { clientKind, networkKey } from './kin'
import { evidence, type LogOdds, share } from './odds'

/** Fewer addresses of a network than this are as many clients. */
const FEWEST_ADDRESSES = 16
/** A network that asks for less than this in an hour is as quiet as its addresses. */
const FEWEST_REQUESTS = 200
/** Whoever asks for more by one address does not hide. */
const MOST_EACH = 50
/** How surely a machine loads no part of a page and follows no link. */
const BARE = 0.97
/** Until that many networks tell otherwise, people here are taken to do without as well. */
const PRIOR_NETWORKS = 20
/** Of all networks of an hour so many may be taken for rotating by chance. */
const INNOCENTS = 1e-4
/** Clients are compared with those who ask for about as much: 1, 2–3, 4–7, … */
const SIZES = 6

/** What came from one network by browsers, by size of client. */
interface Group {
  members: Tally[]
  requests: number
  readonly clients: number[]
  readonly bare: number[]
}

/**
 * One client behind many addresses of its network, who changes it with every few requests: its
 * addresses are each too quiet to be seen, as a network they are loud. Networks are counted as one
 * client each, and those are taken in which nearly all who say that they are browsers load no
 * part of a page and follow no link, while elsewhere people do. Where a fifth does as people do it is
 * none: a mobile operator, an office, a university. `taken` are members of other campaigns.
 */
export async function rotatingClients(
  tallies: readonly Tally[],
  background: Background,
  taken: ReadonlySet<Tally>,
): Promise<Tally[]> {
  const networks = new Map<number, Group>()
  await inSlices(tallies, (tally) => {
    const network = networkKey(tally)
    if (network === null || !isQuietBrowser(tally) || taken.has(tally)) return
    const group = networks.get(network) ?? newGroup()
    networks.set(network, group)
    note(group, tally, background)
  })
  const groups = [...networks.values()]
  const usual = new UsualShares(groups)
  const enough = Math.log(groups.length / INNOCENTS)
  const rotating = groups.filter((group) => {
    if (group.members.length < FEWEST_ADDRESSES || group.requests < FEWEST_REQUESTS) return false
    return usual.oddsOf(group) >= enough
  })
  return rotating.flatMap(({ members }) => members)
}

function newGroup(): Group {
  const counts = () => new Array<number>(SIZES).fill(0)
  return { members: [], requests: 0, clients: counts(), bare: counts() }
}

function note(group: Group, tally: Tally, background: Background): void {
  const size = sizeOf(tally)
  group.clients[size]!++
  if (!background.isBare(tally)) return
  group.bare[size]!++
  group.members.push(tally)
  group.requests += tally.requests
}

/** How many do without parts of pages and links elsewhere: each network has one vote, so that loud ones do not make themselves usual. */
class UsualShares {
  readonly #votes = new Float64Array(SIZES)
  readonly #networks = new Float64Array(SIZES)

  constructor(groups: readonly Group[]) {
    for (const { clients, bare } of groups) {
      for (let size = 0; size < SIZES; size++) {
        if (clients[size] === 0) continue
        this.#networks[size]!++
        this.#votes[size]! += bare[size]! / clients[size]!
      }
    }
  }

  /** That a network is one machine, against its being as many people. */
  oddsOf({ clients, bare }: Group): LogOdds {
    let odds = 0
    for (let size = 0; size < SIZES; size++) {
      if (clients[size] === 0) continue
      const votes = this.#votes[size]! - bare[size]! / clients[size]!
      const usual = share(votes, this.#networks[size]! - 1, BARE, PRIOR_NETWORKS)
      odds += bare[size]! * evidence(BARE, usual)
      odds += (clients[size]! - bare[size]!) * evidence(1 - BARE, 1 - usual)
    }
    return odds
  }
}

/** Robots and tools say what they are; who signs in, or misses most, is judged as that. */
function isQuietBrowser(tally: Tally): boolean {
  const { requests, served, missed, authAttempts } = tally
  if (requests > MOST_EACH || authAttempts > 0 || missed.length > served.length) return false
  return clientKind(tally) === 'browser'
}

function sizeOf({ requests }: Tally): number {
  return Math.min(SIZES - 1, 31 - Math.clz32(Math.max(1, requests)))
}
