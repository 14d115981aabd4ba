import type { Config } from '../config'
import type { Address } from '../net/address'
import { partsOf } from '../net/network'
import { truncateAddress } from '../net/truncate'
import { reservedUse } from './reserved'

/**
 * Under what a place is looked up, remembered, and asked for elsewhere: the address or, where
 * addresses are stored cut or hashed, its network, so that nobody's whole address is in a cache or
 * leaves the machine.
 */
export function placeSubject(ipStorage: Config['ipStorage']): (address: Address) => Address {
  return ipStorage === 'full' ? (address) => address : networkSubject
}

/**
 * The first address of the network (/24, /48) around one, in whose place it is looked up: for who
 * has opted out, too. Reserved addresses concern nobody.
 */
export function networkSubject(address: Address): Address {
  return reservedUse(address) ? address : partsOf(truncateAddress(address)).address
}
