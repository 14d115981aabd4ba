import type { Address } from '../../net/address'
import { type Family, readBits } from '../../net/bits'
import { type Network, networkOf } from '../../net/network'

/** One network of a cover. */
export interface Covered {
  network: Network
  /** How many of the members lie in it. */
  members: number
}

/** What differs by family: the widest network, what one client owns, and what one site owns. */
const SHAPE = {
  4: { widest: 19, client: 32, site: 24 },
  6: { widest: 32, client: 64, site: 48 },
} as const

/** The shortest prefixes of networks in a cover, by family. */
export const WIDEST = { 4: SHAPE[4].widest, 6: SHAPE[6].widest }

/**
 * How many entries of a list we would rather have than a whole /24 (IPv6: a /48) more of addresses
 * of which nothing is known: somebody well-behaved may come from there tomorrow.
 */
const PRICE_OF_UNSEEN = 4

/**
 * The cheapest networks that hold every member and nobody else who was seen.
 *
 * Each network costs 1, and what it holds besides the members costs `PRICE_OF_UNSEEN` per /24 or
 * /48; a network around one of `others` is not had at any price, and neither is one wider than /19
 * or /32. Of all sets of networks that fit, the sum is the smallest: a network that is part of the
 * best set is the narrowest around its members, there are less than two of those per member, and
 * for each it is known whether itself or its two halves cost less. The networks are disjoint and
 * in ascending order. Time grows as n log n.
 */
export function cover(members: readonly Address[], others: readonly Address[]): Covered[] {
  return ([4, 6] as const).flatMap((family) => {
    const inside = pointsOf(members, family)
    if (inside.length === 0) return []
    const outside = pointsOf(others, family)
    return best({ family, inside, outside }, 0, inside.length).networks
  })
}

/** Tells whether an address may lie in some network around one of the members. */
export function neighbours(members: readonly Address[]): (address: Address) => boolean {
  const words = new Uint32Array(4)
  // The first word is enough for both families.
  const areaOf = (address: Address) => {
    const family = readBits(hostOf(address), words)
    return family * 2 ** 32 + (words[0]! >>> (32 - SHAPE[family].widest))
  }
  const areas = new Set(members.map(areaOf))
  return (address) => areas.has(areaOf(address))
}

/** An address as bits; one that was truncated before it was stored is a network. */
interface Point {
  address: Address
  words: Uint32Array
  prefix: number
}

interface Ground {
  family: Family
  /** Both in ascending order. */
  inside: readonly Point[]
  outside: readonly Point[]
}

interface Best {
  cost: number
  networks: Covered[]
}

/** The cheapest cover of the members from `from` on and before `to`. */
function best(ground: Ground, from: number, to: number): Best {
  const { family, inside } = ground
  const first = inside[from]!
  const common = to - from === 1 ? first.prefix : commonPrefix(first, inside[to - 1]!)
  const { client } = SHAPE[family]
  const whole =
    wholeCover(ground, from, to, Math.min(common, client)) ??
    (common > client ? wholeCover(ground, from, to, common) : undefined)
  if (to - from === 1) return whole ?? alone(first)

  const middle = firstWithBit(inside, from, to, common)
  // Points that are equal, or of which one holds the other, have no halves.
  if (middle === from || middle === to) return whole ?? alone(first, to - from)
  const left = best(ground, from, middle)
  const right = best(ground, middle, to)
  const cost = left.cost + right.cost
  if (whole && whole.cost <= cost) return whole
  return { cost, networks: [...left.networks, ...right.networks] }
}

/** All of them by one network of this length, if it may be had. */
function wholeCover(ground: Ground, from: number, to: number, prefix: number): Best | undefined {
  const { family, inside, outside } = ground
  const { widest, client, site } = SHAPE[family]
  if (prefix < widest) return undefined
  const network = networkOf(hostOf(inside[from]!.address), prefix)
  if (holdsAny(outside, inside[from]!, prefix)) return undefined

  const sites = (length: number) => 2 ** (site - Math.min(length, client))
  let known = 0
  for (let at = from; at < to; at++) known += sites(inside[at]!.prefix)
  const unseen = Math.max(0, sites(prefix) - known)
  const cost = 1 + PRICE_OF_UNSEEN * unseen
  return { cost, networks: [{ network, members: to - from }] }
}

/** A member whose network others share: by itself. */
function alone(point: Point, members = 1): Best {
  const network = networkOf(hostOf(point.address), point.prefix)
  return { cost: 1, networks: [{ network, members }] }
}

function pointsOf(addresses: readonly Address[], family: Family): Point[] {
  const points: Point[] = []
  const words = new Uint32Array(4)
  for (const address of addresses) {
    const host = hostOf(address)
    if (readBits(host, words) !== family) continue
    const whole = family === 4 ? 32 : 128
    const prefix = host === address ? whole : Number(address.slice(host.length + 1))
    points.push({ address, words: words.slice(), prefix })
  }
  return points.sort((a, b) => compare(a.words, b.words) || a.prefix - b.prefix)
}

/** Whether one of `outside` lies in the network of this length around `point`. */
function holdsAny(outside: readonly Point[], point: Point, prefix: number): boolean {
  let from = 0
  let to = outside.length
  while (from < to) {
    const middle = (from + to) >> 1
    const other = outside[middle]!
    if (commonPrefix(point, other) >= prefix) return true
    if (compare(other.words, point.words) < 0) from = middle + 1
    else to = middle
  }
  return false
}

/** The first whose bit `bit` is set; all before it have the same bits in front of that one. */
function firstWithBit(points: readonly Point[], from: number, to: number, bit: number): number {
  while (from < to) {
    const middle = (from + to) >> 1
    const word = points[middle]!.words[bit >>> 5] ?? 0
    if ((word >>> (31 - (bit & 31))) & 1) to = middle
    else from = middle + 1
  }
  return from
}

/** How many leading bits both have in common, at most the length of the shorter. */
function commonPrefix(a: Point, b: Point): number {
  const most = Math.min(a.prefix, b.prefix)
  for (let word = 0; word < 4; word++) {
    const differing = a.words[word]! ^ b.words[word]!
    if (differing !== 0) return Math.min(most, word * 32 + Math.clz32(differing))
  }
  return most
}

function compare(a: Uint32Array, b: Uint32Array): number {
  for (let word = 0; word < 4; word++) {
    if (a[word] !== b[word]) return a[word]! - b[word]!
  }
  return 0
}

function hostOf(address: Address): Address {
  const slash = address.indexOf('/')
  return (slash < 0 ? address : address.slice(0, slash)) as Address
}
