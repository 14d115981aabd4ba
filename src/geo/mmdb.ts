import { isIPv6 } from 'node:net'
import maxmind, { type Reader } from 'maxmind'
import type { Address } from '../net/address'
import type { GeoSource, Place } from './source'

type Family = 'ipv4' | 'ipv6'

/** A record as mmdb files hold them: DB-IP's flat one, or MaxMind's nested one. */
interface Row {
  country_code?: string
  country?: string | { iso_code?: string }
  city?: string | { names?: { en?: string } }
  latitude?: number
  longitude?: number
  location?: { latitude?: number; longitude?: number }
}

/**
 * Countries and cities out of mmdb files (the format of MaxMind's GeoIP2 and DB-IP).
 *
 * One file per family, or one for both. A file is read into memory when an address of its family
 * is first asked for: most sites never see the IPv6 file's 71 MB. A file that cannot be read makes
 * `find` throw, each time without reading it again.
 */
export class MmdbSource implements GeoSource {
  readonly name: string
  readonly #files: Record<Family, string>
  readonly #readers = new Map<string, Promise<Reader<object>>>()

  constructor(name: string, files: Record<Family, string>) {
    this.name = name
    this.#files = files
  }

  async find(address: Address): Promise<Partial<Place> | null> {
    const family = isIPv6(address) ? 'ipv6' : 'ipv4'
    const reader = await this.#open(this.#files[family])
    // A file of IPv4 addresses alone gives wrong answers for IPv6, not none.
    if (family === 'ipv6' && reader.metadata.ipVersion === 4) return null
    const row = reader.get(address)
    return row && placeOf(row)
  }

  #open(file: string): Promise<Reader<object>> {
    const reader = this.#readers.get(file) ?? maxmind.open<object>(file)
    this.#readers.set(file, reader)
    return reader
  }
}

function placeOf(row: Row): Partial<Place> {
  const { country, city, location } = row
  return {
    country: row.country_code || (typeof country === 'object' ? country.iso_code : country) || null,
    city: (typeof city === 'object' ? city.names?.en : city) || null,
    latitude: row.latitude ?? location?.latitude ?? null,
    longitude: row.longitude ?? location?.longitude ?? null,
  }
}
