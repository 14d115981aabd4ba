import { type Network, networkOf, partsOf } from '../net/network'
import { networkWithout } from '../net/range'
import type { Blocklist } from './blocklist'
import type { Block } from './snapshot'

/** The list, as far as it is told to others. */
export type Listed = Pick<Blocklist, 'blocks' | 'allowed'>

/**
 * What is refused now, sorted, for programs that know of no exceptions: a block with allowed
 * networks in it is told as the networks around these.
 */
export function* inForce(list: Listed): Generator<Block> {
  const holes = holesByNetwork(list.allowed())
  for (const block of list.blocks()) {
    const inside = holes.get(block.ipAddress)
    if (inside === undefined) {
      yield block
      continue
    }
    // Member by member: a block in memory writes its texts when asked.
    const { reason, source, sourceName, expiresAt } = block
    for (const ipAddress of networkWithout(block.ipAddress, inside)) {
      yield { ipAddress, reason, source, sourceName, expiresAt }
    }
  }
}

/** For every network that an allowed one can lie in: those that do. Few are allowed, many blocked. */
export function holesByNetwork(allowed: Iterable<Network>): Map<Network, Network[]> {
  const holes = new Map<Network, Network[]>()
  for (const network of allowed) {
    const { address, prefix } = partsOf(network)
    for (let length = 0; length <= prefix; length++) {
      const around = networkOf(address, length)
      const inside = holes.get(around)
      if (inside) inside.push(network)
      else holes.set(around, [network])
    }
  }
  return holes
}
