import { type Network, partsOf } from '../net/network'
import { networkWithout } from '../net/range'
import { holesByNetwork } from './in-force'
import type { Block, Snapshot } from './snapshot'

/**
 * The list as it is told at one moment to programs that know of no exceptions: every network that
 * is refused, once, and those around allowed networks in place of one that holds some.
 *
 * It stays as it is while it is read, and as long as somebody is remembered to have got it; editions
 * share in memory what has not changed from one to the other.
 */
export class Edition {
  readonly #snapshot: Snapshot
  readonly #at: number
  /** The allowed networks in each network around them. */
  readonly #holes: Map<Network, Network[]>
  readonly #pieces: Map<Network, Block>

  /** What `snapshot` refuses `at` that moment, in milliseconds. */
  constructor(snapshot: Snapshot, at: number) {
    this.#snapshot = snapshot
    this.#at = at
    this.#holes = holesByNetwork(snapshot.allowedNetworks())
    this.#pieces = new Map(this.#takeApart())
  }

  /** What this edition tells and `other` does not tell alike: little work when little has changed. */
  *unlike(other: Edition): Generator<Block> {
    const known = { snapshot: other.#snapshot, at: other.#at }
    for (const block of this.#snapshot.blocks(this.#at, known)) {
      const { ipAddress } = block
      if (!this.#holes.has(ipAddress) && !isAlike(block, other.#told(ipAddress))) yield block
    }
    for (const [network, piece] of this.#pieces) {
      if (!this.#whole(network) && !isAlike(piece, other.#told(network))) yield piece
    }
  }

  /**
   * What an earlier edition that nobody remembers may have told and this one does not, when
   * `changed` are the networks that have changed since: they, what was left of them around those
   * that are allowed, and those that are taken apart now.
   */
  *without(changed: Iterable<Network>): Generator<Network> {
    const before = new Set(changed)
    for (const network of [...before]) {
      for (const piece of networkWithout(network, this.#holes.get(network) ?? [])) before.add(piece)
    }
    for (const network of this.#holes.keys()) {
      if (this.#snapshot.blockOf(network, this.#at)) before.add(network)
    }
    for (const network of before) if (!this.#told(network)) yield network
  }

  #told(network: Network): Block | undefined {
    return this.#whole(network) ?? this.#pieces.get(network)
  }

  /** The block of exactly this network, when nobody in it is allowed. */
  #whole(network: Network): Block | undefined {
    return this.#holes.has(network) ? undefined : this.#snapshot.blockOf(network, this.#at)
  }

  /** What is left of the blocks with allowed networks in them; a narrower block has the last word. */
  *#takeApart(): Generator<[Network, Block]> {
    const around = [...this.#holes].sort(([a], [b]) => partsOf(a).prefix - partsOf(b).prefix)
    for (const [network, holes] of around) {
      const block = this.#snapshot.blockOf(network, this.#at)
      if (!block) continue
      const { reason, source, sourceName, expiresAt } = block
      for (const ipAddress of networkWithout(network, holes)) {
        yield [ipAddress, { ipAddress, reason, source, sourceName, expiresAt }]
      }
    }
  }
}

function isAlike(one: Block, other: Block | undefined): boolean {
  if (other?.reason !== one.reason) return false
  return other.expiresAt?.getTime() === one.expiresAt?.getTime()
}
