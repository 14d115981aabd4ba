import type { Address } from '../../net/address'
import { PSEUDONYM_NETWORK } from '../../net/pseudonym'
import { truncateAddress } from '../../net/truncate'

const PSEUDONYMS = PSEUDONYM_NETWORK.slice(0, PSEUDONYM_NETWORK.indexOf('/'))

/**
 * The /24 or /48 of an address as it is stored: whole, truncated already, or as a pseudonym, of which
 * nobody knows the neighbours, so that it stands for itself.
 */
export function networkOfStored(address: string): string {
  if (address.includes('/') || address.startsWith(PSEUDONYMS)) return address
  if (!address.includes(':')) return `${address.slice(0, address.lastIndexOf('.'))}.0/24`
  return truncateAddress(address as Address)
}
