import { join } from 'node:path'
import { RedisCache } from '../platform/cache'
import type { Logger } from '../platform/logger'
import type { RedisConnection } from '../platform/redis'
import { DailyBudget } from './budget'
import { bundledCities, bundledCountries, bundledNetworks } from './bundled'
import { Locator } from './locator'
import { MmdbSource } from './mmdb'
import { MmdbFile } from './mmdb-file'
import { Provider } from './provider'
import type { GeoSettings } from './settings'
import { placeSubject } from './subject'

interface Surroundings {
  redis: RedisConnection | undefined
  log: Logger
  /** Whether the provider may be asked: a script that loads a year of logs does not spend its budget. */
  askProvider: boolean
}

/** A locator with everything the settings name behind it; the caller closes it. */
export function openLocator(settings: GeoSettings, { redis, log, askProvider }: Surroundings) {
  const { dataDir, ipStorage, geoCityDb, geoCacheHours } = settings
  const ownFile = geoCityDb
    ? new MmdbFile(geoCityDb, { log, onChange: () => locator.forgetAll() })
    : undefined
  const provider = askProvider ? openProvider(settings, dataDir, log) : undefined
  const locator = new Locator(
    {
      sources: [
        ownFile ? new MmdbSource('city', ownFile) : bundledCities(),
        bundledNetworks(),
        bundledCountries(),
      ],
      provider,
      // Whoever sees when a network was first asked for could tell a pseudonym's network by it.
      shared: redis && ipStorage !== 'hashed' ? new RedisCache(redis) : undefined,
      subjectOf: placeSubject(ipStorage),
      log,
    },
    { ttlSeconds: geoCacheHours * 3_600 },
  )
  return {
    locator,
    close() {
      ownFile?.close()
      provider?.close()
    },
  }
}

function openProvider(settings: GeoSettings, dataDir: string, log: Logger): Provider | undefined {
  const { geoApiUrl: url, geoApiToken: token, geoApiTimeoutMs: timeoutMs } = settings
  if (!url) return undefined
  const budget = new DailyBudget(join(dataDir, 'geo-api-budget.json'), settings.geoApiDailyBudget)
  return new Provider({ url, token, timeoutMs }, budget, log)
}
