import type { Config } from '../config'
import type { Address } from '../net/address'
import { pseudonym } from '../net/pseudonym'
import { truncateAddress } from '../net/truncate'
import { dayOf } from './partitions'
import type { PseudonymKeys } from './pseudonym-keys'

/** A request, as far as it decides how its address is stored. */
export interface Sender {
  address: Address
  /** Milliseconds since 1970. */
  timestamp: number
  /** The person asked not to be followed. */
  optedOut?: boolean | undefined
}

/** What is written in place of an address. */
export type StoreAddress = (sender: Sender) => string

/**
 * How addresses are written (`IP_STORAGE`), made ready for some requests; their places have been
 * looked up before. Whoever opted out is never stored more exactly than their network.
 */
export async function storedAddresses(
  kind: Config['ipStorage'],
  keys: Pick<PseudonymKeys, 'forDays'>,
  senders: readonly Sender[],
): Promise<StoreAddress> {
  switch (kind) {
    case 'full':
      return ({ address, optedOut }) => (optedOut ? truncateAddress(address) : address)
    case 'truncated':
      return ({ address }) => truncateAddress(address)
    case 'hashed': {
      const keyOf = await keys.forDays(senders.map(({ timestamp }) => timestamp))
      return ({ address, timestamp, optedOut }) => {
        const key = keyOf.get(dayOf(timestamp))!
        return pseudonym(optedOut ? truncateAddress(address) : address, key)
      }
    }
  }
}

/**
 * Every form in which rows that are known to be of `address` can be found: the address itself and
 * its pseudonyms under the keys that still exist. Its network is none: that holds others as well.
 */
export function storedForms(address: Address, keys: readonly Uint8Array[]): string[] {
  return [address, ...keys.map((key) => pseudonym(address, key))]
}
