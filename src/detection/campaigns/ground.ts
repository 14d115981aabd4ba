import type { Knex } from 'knex'
import type { Address } from '../../net/address'
import { parseAddress } from '../../net/address'
import { covers, type Network, networkOf, partsOf, requireNetwork } from '../../net/network'
import { type Covered, cover, neighbours, WIDEST } from './cover'

/** How far back others are asked for: until addresses are truncated nobody can be told apart anyway. */
const SEEN_HOURS = 24
/** Others that are read around one campaign, and told of one network, at most. */
const MOST_OTHERS = 50_000
const MOST_TOLD = 20

/** A network that is to be blocked, and whom that hits. */
export interface Hit extends Covered {
  /** Well-behaved addresses inside that came in the last day: how many, and some of them. */
  collateral: number
  addresses: Address[]
}

/** Where the members of a campaign are, and who else came from around there in the last day. */
export class Ground {
  readonly #members: readonly Address[]
  readonly #others: readonly Address[]

  private constructor(members: readonly Address[], others: readonly Address[]) {
    this.#members = members
    this.#others = others
  }

  static async around(knex: Knex, members: readonly Address[]): Promise<Ground> {
    return new Ground(members, await othersAround(knex, members))
  }

  /** The networks that hold the members, and none of the others. */
  cover(): Hit[] {
    return cover(this.#members, this.#others).map(({ network }) => this.hit(network))
  }

  /** Whom a block of `network` hits. */
  hit(network: Network): Hit {
    const inside = (address: Address) => covers(network, requireNetwork(address))
    const addresses = this.#others.filter(inside)
    const collateral = addresses.length
    return {
      network,
      members: this.#members.filter(inside).length,
      collateral,
      addresses: addresses.slice(0, MOST_TOLD),
    }
  }
}

/** Addresses around the members that are no members, and that nobody flagged. */
async function othersAround(knex: Knex, members: readonly Address[]): Promise<Address[]> {
  const areas = [...new Set(members.map(areaOf))]
  const { rows } = await knex.raw<{ rows: { address: string }[] }>(
    `select distinct seen.ip_address as address
       from unnest(?::inet[]) as area
      cross join lateral (select ip_address
                            from request_logs
                           where ip_address >= area
                             and ip_address <= set_masklen(broadcast(area), case family(area) when 4 then 32 else 128 end)
                             and timestamp > now() - interval '${SEEN_HOURS} hours') as seen
      where ip_address <> all (?::inet[])
        and not exists (select from suspicious_ips as finding
                         where finding.ip_address = seen.ip_address
                           and finding.status in ('open', 'blocked'))
      limit ${MOST_OTHERS}`,
    [areas, [...members]],
  )
  const isNear = neighbours(members)
  return rows
    .map(({ address }) => parseAddress(address) ?? (address as Address))
    .filter((address) => isNear(address))
}

/** The widest network that could be taken around an address. */
function areaOf(address: Address): Network {
  const { address: first, family } = partsOf(address as string as Network)
  return networkOf(first, WIDEST[family])
}
