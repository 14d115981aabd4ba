import { type Address, network64 } from '../net/address'
import { networkOf } from '../net/network'
import type { Counter } from './hits'

/**
 * What one IPv6 customer may be given, beside the /64 of a single link: a /56 at home, a /48 at
 * work (RIPE-690). With room for several people, but not for one for each of its /64s.
 */
const WIDER = [
  { prefix: 48, times: 16 },
  { prefix: 56, times: 4 },
]

/**
 * Makes what tells the counters of a client: its IPv4 address, or its IPv6 /64 and the /56 and /48
 * around it, which have four and sixteen times the quota. Without the wider ones, who rotates
 * through the 65,536 networks of one /48 would have 65,536 quotas, and could push others' counters
 * out of memory. IPv4 and each width are counted in tables of their own.
 */
export function networkCounters(kind: string) {
  const tables = { ipv4: `${kind}/32`, ipv6: `${kind}/64` }
  const wider = WIDER.map((network) => ({ ...network, table: `${kind}/${network.prefix}` }))

  /** `whose` stands in front of the network, for quotas that are not shared. */
  return function countersOf(address: Address, quota: number, whose = ''): Counter[] {
    const id = whose + network64(address)
    if (!address.includes(':')) return [{ table: tables.ipv4, id, quota }]
    return [
      { table: tables.ipv6, id, quota },
      ...wider.map(({ prefix, times, table }) => ({
        table,
        id: whose + networkOf(address, prefix),
        quota: times * quota,
      })),
    ]
  }
}
