import os from 'node:os'
import type { Address } from '../net/address'
import { covers, type Network, networkOf, parseNetwork, partsOf } from '../net/network'
import { NetworkSet } from '../net/network-set'
import { isLoopback, isPrivate, LOOPBACK_NETWORKS } from '../net/private'
import { PSEUDONYM_NETWORK } from '../net/pseudonym'

/** Wider networks than these are hardly ever meant. */
const SHORTEST_PREFIX = { 4: 8, 6: 19 }

/** What must not be blocked by accident, beyond what is so everywhere. */
export interface Protected {
  trustedProxies: readonly Network[]
  /** Whoever orders the block, as far as that is known. */
  from?: Address | undefined
  /** The private networks that this machine is in; asked of the system unless given. */
  own?: readonly Network[] | undefined
}

/** Which guard objects, and the rest of a sentence that begins with the network. */
export interface Objection {
  guard: 'internet' | 'loopback' | 'width' | 'pseudonym' | 'proxy' | 'own-network' | 'own-address'
  why: string
}

/** A block that would shut out more than was meant; `message` says what, and how to insist. */
export class BlockRefused extends Error {
  override name = 'BlockRefused'
  readonly guard: Objection['guard']

  constructor(network: Network, { guard, why }: Objection) {
    super(`${network} ${why}. To block it all the same, say so: --force, or "force": true.`)
    this.guard = guard
  }
}

/** What whoever allows a network should know, when it is so wide that little is left to block. */
export function allowWarning(network: Network): string | undefined {
  const objection = widthObjection(network)
  return objection && `${network} ${objection.why}: nobody in it can be blocked any more.`
}

/** Says what speaks against blocking a network, if anything does. */
export type Guards = (network: Network) => Objection | undefined

/** The guards as they stand now, for one network or a million of them. */
export function guardsOf(given: Protected): Guards {
  const held = [...heldNetworks(given)]
  const around = NetworkSet.from(held.map(({ network, ...value }) => ({ network, value })))

  return function objectionTo(network) {
    const { address, prefix } = partsOf(network)
    if (prefix === 0) return widthObjection(network)

    const found = around.find(address) ?? held.find((one) => covers(network, one.network))
    if (found) return { guard: found.guard, why: found.why }
    return widthObjection(network)
  }
}

/** Says of a network that it is too wide to be meant, whatever is to be done with it. */
export function widthObjection(network: Network): Objection | undefined {
  const { prefix, family } = partsOf(network)
  if (prefix === 0) return { guard: 'internet', why: `is the whole IPv${family} Internet` }
  if (prefix >= SHORTEST_PREFIX[family]) return undefined
  const why = `is wider than /${SHORTEST_PREFIX[family]}, which is hardly ever meant`
  return { guard: 'width', why }
}

/** What this machine needs to be reached, and what no client can come from. */
function* heldNetworks(given: Protected): Generator<{ network: Network } & Objection> {
  const { trustedProxies, from, own = ownPrivateNetworks() } = given
  for (const network of LOOPBACK_NETWORKS) {
    const why = 'overlaps the loopback, over which this machine talks to itself'
    yield { network, guard: 'loopback', why }
  }
  const nobody =
    'is a pseudonym (IP_STORAGE=hashed), from which no client can come: the block would do nothing'
  yield { network: PSEUDONYM_NETWORK, guard: 'pseudonym', why: nobody }
  for (const network of own) {
    const why = `overlaps ${network}, a private network that this machine is in`
    yield { network, guard: 'own-network', why }
  }
  for (const network of trustedProxies) {
    const why = `overlaps the trusted proxy ${network}, through which others come`
    yield { network, guard: 'proxy', why }
  }
  if (from !== undefined && !isLoopback(from)) {
    const why = `holds ${from}, the address you are coming from`
    yield { network: from as string as Network, guard: 'own-address', why }
  }
}

/** The private networks that this machine has an address in, link-local ones too. */
export function ownPrivateNetworks(): Network[] {
  const entries = Object.values(os.networkInterfaces()).flatMap((all) => all ?? [])
  const networks = entries.flatMap(({ address, cidr }) => {
    const own = parseNetwork(address)
    const prefix = Number(cidr?.split('/')[1])
    if (own === undefined || Number.isNaN(prefix)) return []
    const { address: first } = partsOf(own)
    return isPrivate(first) && !isLoopback(first) ? [networkOf(first, prefix)] : []
  })
  return [...new Set(networks)]
}
