import type { Address } from '../net/address'
import type { Network } from '../net/network'
import { NetworkSet } from '../net/network-set'

/** What a range that is no visitor's place is for. */
export type Reserved =
  | 'private'
  | 'loopback'
  | 'link-local'
  | 'carrier-grade-nat'
  | 'multicast'
  | 'broadcast'
  | 'documentation'
  | 'benchmarking'
  | 'protocol-assignments'
  | 'translation'
  | 'segment-routing'
  | 'discard-only'
  | 'unspecified'
  | 'this-network'
  | 'reserved'

/**
 * What the special-purpose registries of IANA (RFC 6890) set aside and the Internet does not route.
 * Ranges in them that are routed, as those of 6to4 and AS112, are looked up like any other.
 */
const RANGES: [network: string, use: Reserved][] = [
  ['0.0.0.0/8', 'this-network'],
  ['0.0.0.0', 'unspecified'],
  ['10.0.0.0/8', 'private'],
  ['100.64.0.0/10', 'carrier-grade-nat'],
  ['127.0.0.0/8', 'loopback'],
  ['169.254.0.0/16', 'link-local'],
  ['172.16.0.0/12', 'private'],
  ['192.0.0.0/24', 'protocol-assignments'],
  ['192.0.2.0/24', 'documentation'],
  ['192.168.0.0/16', 'private'],
  ['198.18.0.0/15', 'benchmarking'],
  ['198.51.100.0/24', 'documentation'],
  ['203.0.113.0/24', 'documentation'],
  ['224.0.0.0/4', 'multicast'],
  ['240.0.0.0/4', 'reserved'],
  ['255.255.255.255', 'broadcast'],
  ['::', 'unspecified'],
  ['::1', 'loopback'],
  ['64:ff9b:1::/48', 'translation'],
  ['100::/64', 'discard-only'],
  ['2001::/23', 'protocol-assignments'],
  ['2001:2::/48', 'benchmarking'],
  ['2001:db8::/32', 'documentation'],
  ['3fff::/20', 'documentation'],
  ['5f00::/16', 'segment-routing'],
  ['fc00::/7', 'private'],
  ['fe80::/10', 'link-local'],
  ['fec0::/10', 'private'],
  ['ff00::/8', 'multicast'],
]

const reserved = NetworkSet.from(
  RANGES.map(([network, value]) => ({ network: network as Network, value })),
)

/** What the range of an address is reserved for; undefined for one that can be a visitor's place. */
export function reservedUse(address: Address): Reserved | undefined {
  return reserved.find(address)
}
