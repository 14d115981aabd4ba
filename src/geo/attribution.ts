import type { Config } from '../config'
import { mmdbMetadata } from './mmdb-metadata'

/** Who made a file of cities, by what the file says of itself, and what they ask to be said. */
const MAKERS: [mark: string, credit: string][] = [
  ['DBIP', 'IP geolocation by DB-IP (https://db-ip.com), CC BY 4.0'],
  ['GeoLite2', 'This product includes GeoLite2 Data created by MaxMind (https://www.maxmind.com)'],
  ['GeoIP2', 'IP geolocation by MaxMind (https://www.maxmind.com)'],
  ['ipinfo', 'IP geolocation by IPinfo (https://ipinfo.io)'],
]

const BUNDLED_CITIES = MAKERS[0]![1]

/** Routing tables of the RouteViews project, names of the registries, put together by DB-IP. */
const NETWORKS = 'networks by RouteViews (https://www.routeviews.org), the NRO and DB-IP, CC BY 4.0'

/** What has to be said wherever places are shown: whose data they are, and under which licence. */
export function attributionOf({
  geoCityDb,
  geoApiUrl,
}: Pick<Config, 'geoCityDb' | 'geoApiUrl'>): string {
  const cities = geoCityDb ? creditOf(geoCityDb) : BUNDLED_CITIES
  const provider = geoApiUrl && `IP geolocation by ${new URL(geoApiUrl).hostname}`
  return `${[provider, cities, NETWORKS].filter(Boolean).join('; ')}.`
}

function creditOf(path: string): string | undefined {
  try {
    const metadata = mmdbMetadata(path)
    return MAKERS.find(([mark]) => metadata.includes(mark))?.[1]
  } catch {
    return undefined // Gone since the settings were read; the writer says so.
  }
}
