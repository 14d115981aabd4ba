import type { Address } from '../net/address'
import { AsnTable, IPV4, IPV6 } from './asn-table'
import type { GeoSource, Operator } from './source'

/** The files of `@ip-location-db/asn`, one per family. */
export interface AsnFiles {
  ipv4: string
  ipv6: string
}

/** Who announces an address: number and organisation of its autonomous system. */
export class AsnSource implements GeoSource {
  readonly name = 'asn'
  readonly edition: string
  readonly #ipv4: AsnTable<number>
  readonly #ipv6: AsnTable<bigint>

  /** `edition` is the version of the files. */
  constructor({ ipv4, ipv6 }: AsnFiles, edition: string) {
    this.edition = edition
    this.#ipv4 = new AsnTable(ipv4, IPV4)
    this.#ipv6 = new AsnTable(ipv6, IPV6)
  }

  find(address: Address): Operator | null | Promise<Operator | null> {
    return address.includes(':') ? this.#ipv6.find(address) : this.#ipv4.find(address)
  }
}
