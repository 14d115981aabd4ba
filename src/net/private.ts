import type { Address } from './address'
import type { Network } from './network'
import { NetworkSet } from './network-set'

/** Over which a machine talks to itself: RFC 1122, RFC 4291. */
export const LOOPBACK_NETWORKS = ['127.0.0.0/8', '::1'] as Network[]

/** What nobody on the Internet can come from: RFC 1918, 3927, 4193, 4291 and 6598. */
export const PRIVATE_NETWORKS = [
  '10.0.0.0/8',
  '100.64.0.0/10',
  '169.254.0.0/16',
  '172.16.0.0/12',
  '192.168.0.0/16',
  'fc00::/7',
  'fe80::/10',
] as Network[]

const loopback = setOf(LOOPBACK_NETWORKS)
const local = setOf([...LOOPBACK_NETWORKS, ...PRIVATE_NETWORKS])

/** Whether an address is this machine's own. */
export function isLoopback(address: Address): boolean {
  return loopback.find(address) === true
}

/** Whether an address is of this machine or of a private network. */
export function isPrivate(address: Address): boolean {
  return local.find(address) === true
}

function setOf(networks: Network[]): NetworkSet<true> {
  return NetworkSet.from(networks.map((network) => ({ network, value: true })))
}
