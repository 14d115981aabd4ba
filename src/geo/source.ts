import type { Address } from '../net/address'
import type { Reserved } from './reserved'

/** Where an address is. */
export interface Location {
  /** ISO 3166-1 alpha-2, `DE`. */
  readonly country: string | null
  readonly city: string | null
  readonly latitude: number | null
  readonly longitude: number | null
}

/** Who runs the network that an address belongs to. */
export interface Operator {
  /** Number of the autonomous system that announces the address. */
  readonly asn: number | null
  readonly organisation: string | null
  /** Whether it lets machines rather than connecting people. */
  readonly hosting: boolean
}

/** Where an address is, and who runs its network; null where nobody knows. */
export interface Place extends Location, Operator {
  /** What the range of a private or reserved address is for; such an address is nowhere. */
  readonly reserved: Reserved | null
}

/** The place of an address that nobody knows. */
export const NOWHERE: Place = Object.freeze({
  country: null,
  city: null,
  latitude: null,
  longitude: null,
  asn: null,
  organisation: null,
  hosting: false,
  reserved: null,
})

/** What a source has found out: a location when `country` is there, an operator when `asn` is. */
export type Found = Partial<Location & Operator>

/** Knows the location of addresses, or their networks, or both; answers out of a file. */
export interface GeoSource {
  /** For people: which source failed. */
  readonly name: string
  /** Changes when its answers do, and is the same for the same file on another machine. */
  readonly edition: string
  /** What this source knows about `address`, null when nothing; throws when it cannot be asked. */
  find(address: Address): Found | null | Promise<Found | null>
}
