import type { Address } from '../net/address'

/** Where an address is, and who runs its network; null where nobody knows. */
export interface Place {
  /** ISO 3166-1 alpha-2, `DE`. */
  readonly country: string | null
  readonly city: string | null
  readonly latitude: number | null
  readonly longitude: number | null
  /** Number of the autonomous system that announces the address. */
  readonly asn: number | null
  /** Who runs that system; for a private or reserved address, what its range is for. */
  readonly organisation: string | null
}

/** The place of an address that nobody knows. */
export const NOWHERE: Place = Object.freeze({
  country: null,
  city: null,
  latitude: null,
  longitude: null,
  asn: null,
  organisation: null,
})

/** Knows the location of addresses, or their networks, or both. */
export interface GeoSource {
  /** For people: which source failed. */
  readonly name: string
  /** What this source knows about `address`, null when nothing; throws when it cannot be asked. */
  find(address: Address): Partial<Place> | null | Promise<Partial<Place> | null>
}
