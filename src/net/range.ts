import type { Address } from './address'
import { readBits, writeBits } from './bits'
import { type Network, networkOf, overlap, partsOf } from './network'

/**
 * The fewest networks that hold the addresses from `first` to `last` and no other; undefined when
 * the two are of different families or in the wrong order. At most 62 for IPv4, 254 for IPv6.
 */
export function networksBetween(first: Address, last: Address): Network[] | undefined {
  const bits = first.includes(':') ? 128 : 32
  const end = toNumber(last)
  let start = toNumber(first)
  if (last.includes(':') !== first.includes(':') || start > end) return undefined

  const networks: Network[] = []
  while (start <= end) {
    let free = 0
    // As many bits as are zero at the start, and as do not lead past the end.
    while (free < bits && start % 2n ** BigInt(free + 1) === 0n) {
      if (start + 2n ** BigInt(free + 1) - 1n > end) break
      free++
    }
    networks.push(networkOf(toAddress(start, bits), bits - free))
    start += 2n ** BigInt(free)
  }
  return networks
}

/** The fewest networks that hold what lies in `network` and in none of `holes`. */
export function networkWithout(network: Network, holes: readonly Network[]): Network[] {
  const inside = holes
    .filter((hole) => overlap(network, hole))
    .map(boundsOf)
    .sort((a, b) => (a.first < b.first ? -1 : 1))
  if (inside.length === 0) return [network]

  const bits = partsOf(network).family === 4 ? 32 : 128
  const { first, last: end } = boundsOf(network)
  const left: Network[] = []
  let start = first
  for (const hole of inside) {
    if (hole.first > start) left.push(...between(start, hole.first - 1n, bits))
    if (hole.last >= start) start = hole.last + 1n
  }
  return start > end ? left : [...left, ...between(start, end, bits)]
}

function between(first: bigint, last: bigint, bits: number): Network[] {
  return networksBetween(toAddress(first, bits), toAddress(last, bits)) ?? []
}

/** The first and the last address of a network, as numbers. */
function boundsOf(network: Network): { first: bigint; last: bigint } {
  const { address, prefix, family } = partsOf(network)
  const first = toNumber(address)
  return { first, last: first + 2n ** BigInt((family === 4 ? 32 : 128) - prefix) - 1n }
}

function toNumber(address: Address): bigint {
  const words = new Uint32Array(4)
  const used = readBits(address, words) === 4 ? 1 : 4
  return words.subarray(0, used).reduce((number, word) => (number << 32n) | BigInt(word), 0n)
}

function toAddress(number: bigint, bits: number): Address {
  const words = new Uint32Array(bits / 32)
  for (let word = 0; word < words.length; word++) {
    words[word] = Number((number >> BigInt(bits - 32 * (word + 1))) & 0xffffffffn)
  }
  return writeBits(bits === 32 ? 4 : 6, words) as Address
}
