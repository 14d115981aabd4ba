import type { Config } from '../config'

const NAMES = [
  'dataDir',
  'ipStorage',
  'geoCityDb',
  'geoCacheHours',
  'geoApiUrl',
  'geoApiToken',
  'geoApiTimeoutMs',
  'geoApiDailyBudget',
] as const

/** The settings that decide how places are found. */
export type GeoSettings = Pick<Config, (typeof NAMES)[number]>

/** These settings alone, so that a thread can be started with them. */
export function geoSettings(config: GeoSettings): GeoSettings {
  return Object.fromEntries(NAMES.map((name) => [name, config[name]])) as GeoSettings
}
