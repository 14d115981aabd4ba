import { isIPv6 } from 'node:net'
import type { Reader } from 'maxmind'
import type { Address } from '../net/address'
import type { MmdbFile } from './mmdb-file'
import { readRecord } from './record'
import type { Found, GeoSource } from './source'

/** Countries and cities out of mmdb files, one per family of addresses or one for both. */
export class MmdbSource implements GeoSource {
  readonly name: string
  readonly #ipv4: MmdbFile
  readonly #ipv6: MmdbFile
  /** What was read from a row: the reader hands out the same object for the same row. */
  readonly #read = new WeakMap<object, Found>()

  constructor(name: string, ipv4: MmdbFile, ipv6 = ipv4) {
    this.name = name
    this.#ipv4 = ipv4
    this.#ipv6 = ipv6
  }

  get edition(): string {
    const { edition } = this.#ipv4
    return this.#ipv6 === this.#ipv4 ? edition : `${edition}+${this.#ipv6.edition}`
  }

  find(address: Address): Found | null | Promise<Found | null> {
    const isV6 = isIPv6(address)
    const reader = (isV6 ? this.#ipv6 : this.#ipv4).reader()
    if (reader instanceof Promise) return reader.then((reader) => this.#find(reader, address, isV6))
    return this.#find(reader, address, isV6)
  }

  #find(reader: Reader<object>, address: Address, isV6: boolean): Found | null {
    // A file of IPv4 addresses alone gives wrong answers for IPv6, not none.
    if (isV6 && reader.metadata.ipVersion === 4) return null
    const row = reader.get(address)
    if (!row) return null
    const known = this.#read.get(row)
    if (known) return known
    const found = readRecord(row) ?? {}
    this.#read.set(row, found)
    return found
  }
}
