import { randomBytes } from 'node:crypto'
import type { Config } from '../config'
import type { Address } from '../net/address'
import { pseudonym } from '../net/pseudonym'
import { truncateAddress } from '../net/truncate'

/**
 * What is written in place of an address (`IP_STORAGE`); its place has been looked up before.
 * Hashing takes a key that is made here and kept nowhere: it ends with the process, and with it
 * the way back from what was written.
 */
export function storedAddress(kind: Config['ipStorage']): (address: Address) => string {
  switch (kind) {
    case 'full':
      return (address) => address
    case 'truncated':
      return truncateAddress
    case 'hashed': {
      const key = randomBytes(32)
      return (address) => pseudonym(address, key)
    }
  }
}
