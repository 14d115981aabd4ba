import type { Address } from '../net/address'
import type { Network } from '../net/network'
import { NetworkSet } from '../net/network-set'

/** What the special-purpose registries of IANA (RFC 6890) set aside, most of it never routed. */
const RANGES: [network: string, name: string][] = [
  ['0.0.0.0/8', 'this network'],
  ['10.0.0.0/8', 'private network'],
  ['100.64.0.0/10', 'carrier-grade NAT'],
  ['127.0.0.0/8', 'loopback'],
  ['169.254.0.0/16', 'link-local'],
  ['172.16.0.0/12', 'private network'],
  ['192.0.0.0/24', 'protocol assignments'],
  ['192.0.2.0/24', 'documentation'],
  ['192.168.0.0/16', 'private network'],
  ['198.18.0.0/15', 'benchmarking'],
  ['198.51.100.0/24', 'documentation'],
  ['203.0.113.0/24', 'documentation'],
  ['224.0.0.0/4', 'multicast'],
  ['240.0.0.0/4', 'reserved'],
  ['::', 'unspecified'],
  ['::1', 'loopback'],
  ['100::/64', 'discard only'],
  ['2001:db8::/32', 'documentation'],
  ['3fff::/20', 'documentation'],
  ['fc00::/7', 'private network'],
  ['fe80::/10', 'link-local'],
  ['ff00::/8', 'multicast'],
]

const reserved = NetworkSet.from(
  RANGES.map(([network, value]) => ({ network: network as Network, value })),
)

/** What a private or reserved address is for; undefined for one that can be a visitor's place. */
export function reservedName(address: Address): string | undefined {
  return reserved.find(address)
}
