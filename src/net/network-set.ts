import type { Address } from './address'
import type { Network } from './network'
import { IndexCollector, type NetworkIndex } from './network-index'

/** A value per network, found by address. Immutable. */
export class NetworkSet<Value> {
  readonly #index: NetworkIndex
  /** By tag. */
  readonly #values: Value[]

  private constructor(index: NetworkIndex, values: Value[]) {
    this.#index = index
    this.#values = values
  }

  /** Of a network that is given twice, the later value counts. */
  static from<Value>(entries: Iterable<{ network: Network; value: Value }>): NetworkSet<Value> {
    const collector = new IndexCollector()
    const values: Value[] = []
    for (const { network, value } of entries) {
      collector.add(network, { end: Number.POSITIVE_INFINITY, tag: values.push(value) - 1 })
    }
    return new NetworkSet(collector.build(), values)
  }

  get size(): number {
    return this.#index.size
  }

  /** The value of the most specific network that holds `address`. */
  find(address: Address): Value | undefined {
    const found = this.#index.find(address, 0)
    return found && this.#values[found.tag]
  }
}
