import type { Address } from './address'
import { type Network, networkOf } from './network'

/**
 * The network that stands for an address once it must not be told from its neighbours: the /24
 * around an IPv4 address, the /48 around an IPv6 address.
 */
export function truncateAddress(address: Address): Network {
  return networkOf(address, address.includes(':') ? 48 : 24)
}
