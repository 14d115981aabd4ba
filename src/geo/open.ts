import { join } from 'node:path'
import { requireAddress } from '../net/address'
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

/** An address that every file answers for, and nobody's in particular: Cloudflare's resolver. */
const ANYBODY = requireAddress('1.1.1.1')

/** A locator with everything the settings name behind it; the caller closes it. */
export function openLocator(settings: GeoSettings, { redis, log, askProvider }: Surroundings) {
  const { dataDir, ipStorage, geoCityDb, geoCacheHours } = settings
  const ownFile = geoCityDb
    ? new MmdbFile(geoCityDb, { log, onChange: () => locator.forgetAll() })
    : undefined
  const provider = askProvider ? openProvider(settings, dataDir, log) : undefined
  const sources = [
    ownFile ? new MmdbSource('city', ownFile) : bundledCities(),
    bundledNetworks(),
    bundledCountries(),
  ]
  const locator = new Locator(
    {
      sources,
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
    /** Reads what IPv4 addresses need, so that the first visitor is told a place; never throws. */
    async warmUp(): Promise<void> {
      for (const source of sources) {
        try {
          await source.find(ANYBODY)
        } catch {} // Whoever asks next hears of it.
      }
    },
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
