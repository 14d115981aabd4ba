import type { Address } from './address'
import { readBits } from './bits'
import type { Network } from './network'
import { SortedNetworks } from './sorted-networks'

/**
 * Many networks of both families in typed arrays, for looking up addresses by their text. Immutable.
 *
 * Each network has a position, so that whoever knows more about it keeps that in arrays of its own.
 */
export class NetworkIndex {
  readonly #ipv4: SortedNetworks
  readonly #ipv6: SortedNetworks
  /** The address being looked up. */
  readonly #bits = new Uint32Array(4)

  private constructor(ipv4: SortedNetworks, ipv6: SortedNetworks) {
    this.#ipv4 = ipv4
    this.#ipv6 = ipv6
  }

  /**
   * Indexes `networks`; `order[position]` is the place in `networks` of the one at a position.
   * Of a network that is given twice, `find` finds the later one, and its parent is the earlier.
   * Quickest when they come in the order of `order by ip_address`.
   */
  static of(networks: readonly Network[]): { index: NetworkIndex; order: Uint32Array } {
    const isIPv6 = (place: number) => networks[place]!.includes(':')
    const places = Uint32Array.from(networks.keys())
    const ipv4 = SortedNetworks.of(
      4,
      networks,
      places.filter((place) => !isIPv6(place)),
    )
    const ipv6 = SortedNetworks.of(6, networks, places.filter(isIPv6))

    places.set(ipv4.order)
    places.set(ipv6.order, ipv4.order.length)
    return { index: new NetworkIndex(ipv4.sorted, ipv6.sorted), order: places }
  }

  get size(): number {
    return this.#ipv4.size + this.#ipv6.size
  }

  /** The position of the most specific network that holds `address`, or -1. */
  find(address: Address): number {
    if (readBits(address, this.#bits) === 4) return this.#ipv4.find(this.#bits)
    return this.#shift(this.#ipv6.find(this.#bits))
  }

  /** The position of the narrowest network around the one at `position`, or -1. */
  parent(position: number): number {
    const behind = position - this.#ipv4.size
    return behind < 0 ? this.#ipv4.parent(position) : this.#shift(this.#ipv6.parent(behind))
  }

  /** The network at `position`. */
  at(position: number): Network {
    const behind = position - this.#ipv4.size
    return behind < 0 ? this.#ipv4.at(position) : this.#ipv6.at(behind)
  }

  /** IPv6 networks stand behind the IPv4 networks. */
  #shift(position: number): number {
    return position < 0 ? -1 : this.#ipv4.size + position
  }
}
