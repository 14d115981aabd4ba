import { type Address, parseAddress } from './address'
import { clearHostBits, type Family, readBits, writeBits } from './bits'
import { explainNetwork, quote } from './refusal'

declare const brand: unique symbol

/**
 * A network in its one canonical form: a canonical address with no bit set behind the prefix, a
 * slash, and the prefix; a single address stands without `/32` or `/128`, so it is a Network too.
 * IPv4-mapped networks (`::ffff:192.0.2.0/120`) are IPv4 networks.
 */
export type Network = string & { readonly [brand]: 'Network' }

/** Text that is not a network; `message` is a sentence for the person who wrote it. */
export class InvalidNetwork extends Error {
  override name = 'InvalidNetwork'
}

const words = new Uint32Array(4)
const otherWords = new Uint32Array(4)

/** The network a text stands for, or undefined: also when bits behind the prefix are set. */
export function parseNetwork(text: string): Network | undefined {
  const parts = readParts(text)
  if (parts === undefined) return undefined
  const network = networkOf(parts.address, parts.prefix)
  return partsOf(network).address === parts.address ? network : undefined
}

/**
 * Like `parseNetwork`, but throws `InvalidNetwork`, which says what is wrong with the text. Bits
 * set behind the prefix are not cleared silently: the message offers both things it could mean.
 */
export function requireNetwork(text: string): Network {
  const network = parseNetwork(text)
  if (network !== undefined) return network

  const parts = readParts(text)
  if (parts === undefined) throw new InvalidNetwork(explainNetwork(text))
  const corrected = networkOf(parts.address, parts.prefix)
  throw new InvalidNetwork(
    `${quote(text)} has bits set behind its prefix: write ${corrected} for the network, or ${parts.address} for the one address.`,
  )
}

/** The network of `prefix` bits around an address. */
export function networkOf(address: Address, prefix: number): Network {
  const family = readBits(address, words)
  clearHostBits(family, words, prefix)
  const text = writeBits(family, words)
  return (prefix === bitsOf(family) ? text : `${text}/${prefix}`) as Network
}

/** The first address and the prefix length of a network. */
export function partsOf(network: Network): { address: Address; prefix: number; family: Family } {
  const family = familyOf(network)
  const slash = network.indexOf('/')
  if (slash < 0) return { address: network as string as Address, prefix: bitsOf(family), family }
  const address = network.slice(0, slash) as Address
  return { address, prefix: Number(network.slice(slash + 1)), family }
}

/** Whether every address of `narrow` lies in `wide`; a network covers itself. */
export function covers(wide: Network, narrow: Network): boolean {
  const outer = partsOf(wide)
  const inner = partsOf(narrow)
  if (outer.family !== inner.family || outer.prefix > inner.prefix) return false
  readBits(outer.address, words)
  readBits(inner.address, otherWords)
  clearHostBits(inner.family, otherWords, outer.prefix)
  return words.every((word, i) => word === otherWords[i])
}

/** Whether two networks share an address; then one covers the other. */
export function overlap(a: Network, b: Network): boolean {
  return covers(a, b) || covers(b, a)
}

function readParts(text: string): { address: Address; prefix: number } | undefined {
  const slash = text.indexOf('/')
  const host = slash < 0 ? text : text.slice(0, slash)
  const address = parseAddress(host)
  if (address === undefined) return undefined

  const bits = bitsOf(familyOf(address))
  if (slash < 0) return { address, prefix: bits }

  const digits = text.slice(slash + 1)
  if (!/^(?:0|[1-9]\d{0,2})$/.test(digits)) return undefined
  // The prefix of an IPv4-mapped network counts the 96 bits that its canonical form drops.
  const dropped = bits === 32 && host.includes(':') ? 96 : 0
  const prefix = Number(digits) - dropped
  return prefix >= 0 && prefix <= bits ? { address, prefix } : undefined
}

function familyOf(text: Address | Network): Family {
  return text.includes(':') ? 6 : 4
}

function bitsOf(family: Family): number {
  return family === 4 ? 32 : 128
}
