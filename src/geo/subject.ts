import type { Config } from '../config'
import type { Address } from '../net/address'
import { partsOf } from '../net/network'
import { truncateAddress } from '../net/truncate'
import { reservedUse } from './reserved'

/**
 * Under what a place is looked up, remembered, and asked for elsewhere: where addresses are stored
 * cut or hashed, that is the first address of the network around them (/24, /48), so that nobody's
 * whole address is in a cache or leaves the machine. Reserved addresses concern nobody.
 */
export function placeSubject(ipStorage: Config['ipStorage']): (address: Address) => Address {
  if (ipStorage === 'full') return (address) => address
  return (address) => {
    return reservedUse(address) ? address : partsOf(truncateAddress(address)).address
  }
}
