import { isIP } from 'node:net'
import { readBits, writeBits } from './bits'
import type { Network } from './network'
import { explainAddress } from './refusal'

declare const brand: unique symbol

/**
 * An IP address in its one canonical form, so that two are the same exactly when their text is:
 * dotted IPv4; IPv6 as RFC 5952 writes it; an IPv4-mapped IPv6 address as IPv4; no port, no zone.
 */
export type Address = string & { readonly [brand]: 'Address' }

/** Text that is not an address; `message` is a sentence for the person who wrote it. */
export class InvalidAddress extends Error {
  override name = 'InvalidAddress'
}

const words = new Uint32Array(4)

/**
 * The address a text stands for, or undefined when it is not exactly one address. As strict as
 * `net.isIP`, and stricter about zones: `127.1`, `010.0.0.1`, `1.2.3.4:80`, `[::1]`, `fe80::1%eth0`
 * and surrounding blanks, which other programs read as this or that address, are none.
 */
export function parseAddress(text: string): Address | undefined {
  const family = isIP(text)
  if (family === 4) return text as Address
  if (family === 0 || text.includes('%')) return undefined
  return writeBits(readBits(text, words), words) as Address
}

/** Like `parseAddress`, but throws `InvalidAddress`, which says what is wrong with the text. */
export function requireAddress(text: string): Address {
  const address = parseAddress(text)
  if (address === undefined) throw new InvalidAddress(explainAddress(text))
  return address
}

/**
 * The network one client is likely to own: an IPv4 address itself, the /64 around an IPv6 address.
 * Limits count by it, because an IPv6 client can change its address at will within its /64.
 */
export function network64(address: Address): Network {
  if (!address.includes(':')) return address as string as Network
  readBits(address, words)
  words[2] = 0
  words[3] = 0
  return `${writeBits(6, words)}/64` as Network
}
