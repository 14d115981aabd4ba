import { createHmac } from 'node:crypto'
import { type Address, requireAddress } from './address'
import type { Network } from './network'

/** Where pseudonyms live: the discard-only prefix of RFC 6666, from which no client can come. */
export const PSEUDONYM_NETWORK = '100::/64' as Network

/**
 * An address that stands for another one, or for a network, and tells nothing about it without the
 * key: the same subject and key give the same pseudonym, 64 bits of HMAC-SHA-256 inside
 * `PSEUDONYM_NETWORK`.
 */
export function pseudonym(subject: Address | Network, key: Uint8Array): Address {
  const hash = createHmac('sha256', key).update(subject).digest('hex')
  const groups = [0, 4, 8, 12].map((start) => hash.slice(start, start + 4))
  return requireAddress(`100:0:0:0:${groups.join(':')}`)
}
