import type { Address } from './address'
import type { Network } from './network'
import { NetworkIndex } from './network-index'

/** A value per network, found by address. Immutable. */
export class NetworkSet<Value> {
  readonly #index: NetworkIndex
  /** In the order of the index's positions. */
  readonly #values: Value[]

  private constructor(index: NetworkIndex, values: Value[]) {
    this.#index = index
    this.#values = values
  }

  /** Of a network that is given twice, the later value counts. */
  static from<Value>(entries: Iterable<{ network: Network; value: Value }>): NetworkSet<Value> {
    const all = [...entries]
    const { index, order } = NetworkIndex.of(all.map(({ network }) => network))
    return new NetworkSet(
      index,
      Array.from(order, (place) => all[place]!.value),
    )
  }

  get size(): number {
    return this.#index.size
  }

  /** The value of the most specific network that holds `address`. */
  find(address: Address): Value | undefined {
    return this.#values[this.#index.find(address)]
  }
}
