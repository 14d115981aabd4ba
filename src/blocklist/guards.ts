import os from 'node:os'
import type { Address } from '../net/address'
import { covers, type Network, overlap, parseNetwork, partsOf } from '../net/network'
import { PSEUDONYM_NETWORK } from '../net/pseudonym'

const LOOPBACK = ['127.0.0.0/8', '::1'] as Network[]
/** What is private of RFC 1918, 3927, 4193, 4291 and 6598. */
const PRIVATE = [
  '10.0.0.0/8',
  '100.64.0.0/10',
  '169.254.0.0/16',
  '172.16.0.0/12',
  '192.168.0.0/16',
  'fc00::/7',
  'fe80::/10',
] as Network[]
/** Wider networks than these are hardly ever meant. */
const SHORTEST_PREFIX = { 4: 8, 6: 19 }

/** What must not be blocked by accident, beyond what is so everywhere. */
export interface Protected {
  trustedProxies: readonly Network[]
  /** Whoever orders the block, as far as that is known. */
  from?: Address
  /** The addresses of this machine in private networks; asked of the system unless given. */
  own?: readonly Network[]
}

/** A block that would shut out more than was meant; `message` says what, and how to insist. */
export class BlockRefused extends Error {
  override name = 'BlockRefused'

  constructor(network: Network, why: string) {
    super(`${network} ${why}. To block it all the same, say so: --force, or "force": true.`)
  }
}

/** Why blocking `network` is refused unless it is forced, or undefined when it is not. */
export function refusalOf(
  network: Network,
  { trustedProxies, from, own = ownPrivateAddresses() }: Protected,
): string | undefined {
  const { prefix, family } = partsOf(network)
  if (prefix === 0) return `is the whole IPv${family} Internet`
  if (LOOPBACK.some((loopback) => overlap(network, loopback))) {
    return 'overlaps the loopback, over which this machine talks to itself'
  }
  if (prefix < SHORTEST_PREFIX[family]) {
    return `is wider than /${SHORTEST_PREFIX[family]}, which is hardly ever meant`
  }
  if (covers(PSEUDONYM_NETWORK, network)) {
    return 'is a pseudonym (IP_STORAGE=hashed), from which no client can come: the block would do nothing'
  }
  const proxy = trustedProxies.find((proxy) => overlap(network, proxy))
  if (proxy) return `overlaps the trusted proxy ${proxy}, through which others come`

  if (from && covers(network, from as string as Network)) {
    return `holds ${from}, the address you are coming from`
  }
  const mine = own.find((address) => covers(network, address))
  return mine && `holds ${mine}, an address of this machine in its private network`
}

/** The addresses of this machine in private networks. */
export function ownPrivateAddresses(): Network[] {
  const interfaces = Object.values(os.networkInterfaces()).flat()
  const addresses = interfaces.flatMap((entry) => parseNetwork(entry?.address ?? '') ?? [])
  return addresses.filter((address) => PRIVATE.some((network) => covers(network, address)))
}
