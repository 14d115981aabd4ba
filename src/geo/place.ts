import type { Address } from '../net/address'
import { reservedUse } from './reserved'
import { type Found, type Location, NOWHERE, type Operator, type Place } from './source'

/** The place of a private or reserved address; undefined for one that has to be looked up. */
export function reservedPlace(address: Address): Place | undefined {
  const reserved = reservedUse(address)
  return reserved && { ...NOWHERE, reserved }
}

/** `place` with what was missing; location and operator are each taken whole, never mixed. */
export function fillIn(place: Place, found: Found | null): Place {
  if (!found) return place
  return placeOf(place.country === null ? found : place, place.asn === null ? found : place)
}

/**
 * `place` with what somebody who knows better says. A country without a city does not take away
 * the city of a place in that country.
 */
export function correct(place: Place, found: Found | null): Place {
  if (!found) return place
  const { country = null, city = null, asn = null } = found
  const agrees = country === place.country && city === null
  return placeOf(country === null || agrees ? place : found, asn === null ? place : found)
}

function placeOf(location: Partial<Location>, operator: Partial<Operator>): Place {
  const { country = null, city = null, latitude = null, longitude = null } = location
  const { asn = null, organisation = null, hosting = false } = operator
  return { country, city, latitude, longitude, asn, organisation, hosting, reserved: null }
}
