import { readConfig } from '../src/config'
import { bundledCities, bundledCountries, bundledNetworks } from '../src/geo/bundled'
import { Locator } from '../src/geo/locator'
import { openLocator } from '../src/geo/open'
import { type Address, requireAddress } from '../src/net/address'
import { createLogger } from '../src/platform/logger'
import { openRedis } from '../src/platform/redis'

const BATCH = 5_000
const BATCHES = 20

/**
 * Addresses/s of a batch of 5,000, new ones and known ones: from the files, with the Redis of
 * `REDIS_URL` behind them, and with a provider that never answers. Memory grows to the bound of
 * 50,000 places and no further.
 */
export async function benchPlaces(): Promise<void> {
  const log = createLogger('silent')
  const before = rssMb()
  const surroundings = { redis: undefined, log, askProvider: false }
  const { locator } = openLocator(readConfig({}), surroundings)
  await locator.findAll([requireAddress('8.8.8.8')])
  console.log(`files of IPv4 addresses in memory: ${rssMb() - before} MB`)
  const opened = rssMb()
  await measure('files', locator)
  console.log(`${BATCH * BATCHES} addresses later: ${rssMb() - opened} MB more`)

  const sources = [bundledCities(), bundledNetworks(), bundledCountries()]
  const provider = { name: 'silent', ask: () => new Promise<null>(() => {}) }
  await measure('a provider that is silent', new Locator({ sources, provider, log }))

  const redisUrl = process.env.REDIS_URL
  if (!redisUrl) return console.log('REDIS_URL is not set: not measured with Redis')
  const redis = openRedis(redisUrl, log)
  while (!redis.up) await new Promise((resolve) => setTimeout(resolve, 20))
  await measure('files and Redis', openLocator(readConfig({}), { ...surroundings, redis }).locator)
  redis.close()
}

async function measure(name: string, locator: Locator): Promise<void> {
  const [cold, warm]: [number[], number[]] = [[], []]
  await locator.findAll([requireAddress('8.8.8.8')]) // Reads the files.
  for (let i = 0; i < BATCHES; i++) {
    const batch = Array.from({ length: BATCH }, anyAddress)
    cold.push(await perSecond(() => locator.findAll(batch)))
    warm.push(await perSecond(() => locator.findAll(batch)))
  }
  console.log(`${name}: ${median(cold)} new addresses/s, ${median(warm)} known ones/s`)
}

function anyAddress(): Address {
  const part = () => Math.floor(Math.random() * 256)
  return requireAddress(`${1 + Math.floor(Math.random() * 222)}.${part()}.${part()}.${part()}`)
}

async function perSecond(action: () => Promise<unknown>): Promise<number> {
  const start = performance.now()
  await action()
  return (BATCH / (performance.now() - start)) * 1_000
}

function median(values: number[]): string {
  const middle = values.sort((a, b) => a - b)[values.length >> 1]!
  return Math.round(middle).toLocaleString('en')
}

function rssMb(): number {
  return Math.round(process.memoryUsage().rss / 1e6)
}
