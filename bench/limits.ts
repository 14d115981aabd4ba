import { type ChildProcess, spawn, spawnSync } from 'node:child_process'
import { mkdtemp, rm } from 'node:fs/promises'
import { type AddressInfo, createServer } from 'node:net'
import os from 'node:os'
import path from 'node:path'
import { setFlagsFromString } from 'node:v8'
import { runInNewContext } from 'node:vm'
import MapLimiter from 'koa-ratelimit/limiter/memory'
import { type Address, requireAddress } from '../src/net/address'
import { createLogger } from '../src/platform/logger'
import { openRedis, type RedisConnection } from '../src/platform/redis'
import type { Counter } from '../src/rate-limit/hits'
import { networkCounters } from '../src/rate-limit/networks'
import { LimiterStore } from '../src/rate-limit/store'

const ROUNDS = 5
const DECISIONS = 200_000
const CLIENTS = 10_000
const ROTATING = 1_000_000
const WINDOW_MS = 60_000
const loginCounters = networkCounters('login')
const visitCounters = networkCounters('visit')
const MB = 1024 * 1024

/**
 * What a decision costs in memory, against the Map driver of koa-ratelimit in the same run; what a
 * million rotating IPv6 addresses cost in memory, by both; and decisions of four instances in Redis.
 */
export async function benchLimits(): Promise<void> {
  await benchDecisions()
  await benchRotation()
  await benchRedis()
}

async function benchDecisions(): Promise<void> {
  const addresses = Array.from({ length: CLIENTS }, (_, i) =>
    requireAddress(`198.${18 + (i >> 16)}.${(i >> 8) & 255}.${i & 255}`),
  )
  const small = new LimiterStore()
  const large = new LimiterStore()
  const map = new Map()
  const contestants: Record<string, (i: number) => Promise<unknown>> = {
    'Map driver': (i) =>
      new MapLimiter({ id: addresses[i % CLIENTS]!, db: map, max: 5, duration: WINDOW_MS }).get(),
    'log of 5': (i) => small.hit(loginCounters(addresses[i % CLIENTS]!, 5), WINDOW_MS),
    'slices of 600': (i) => large.hit(visitCounters(addresses[i % CLIENTS]!, 600), WINDOW_MS),
  }
  const times = await takeTurns(contestants, DECISIONS)
  const baseline = median(times['Map driver']!)
  for (const [name, all] of Object.entries(times)) {
    const ns = median(all)
    console.log(
      `decision, ${name}: ${Math.round(ns)} ns, ${format(1e9 / ns)}/s, ${(ns / baseline).toFixed(2)} of the Map driver's time`,
    )
  }
}

/**
 * Each from another /48, the dearest: three counters are stored for each, and the wider ones have
 * no say. Five attempts of each leave the longest logs.
 */
async function benchRotation(): Promise<void> {
  const address = (i: number) =>
    requireAddress(`2001:${(i >> 16).toString(16)}:${(i & 0xffff).toString(16)}::1`)
  const rotate = async (hit: (address: Address) => Promise<unknown>, attempts: number) => {
    for (let i = 0; i < attempts * ROTATING; i++) await hit(address(Math.floor(i / attempts)))
  }
  const store = () => {
    const limits = new LimiterStore()
    return (address: Address) => limits.hit(loginCounters(address, 5), WINDOW_MS)
  }
  const map = () => {
    const db = new Map()
    return (id: Address) => new MapLimiter({ id, db, max: 5, duration: WINDOW_MS }).get()
  }
  const rotations = [
    { name: 'our store', newHit: store, attempts: 1 },
    { name: 'our store, five attempts of each', newHit: store, attempts: 5 },
    { name: 'Map driver', newHit: map, attempts: 1 },
  ]
  let limiter: ReturnType<typeof store | typeof map> | undefined
  for (const { name, newHit, attempts } of rotations) {
    limiter = undefined // The one before must not count as gone in the middle of the next.
    await new Promise(setImmediate)
    const before = memoryBytes()
    limiter = newHit()
    await rotate(limiter, attempts)
    const megabytes = (memoryBytes() - before) / MB
    await limiter(address(0)) // Until here it is in use.
    console.log(`a million IPv6 /48s, ${name}: ${megabytes.toFixed(0)} MB`)
  }
}

setFlagsFromString('--expose-gc')
const collectGarbage: () => void = runInNewContext('gc')

function memoryBytes(): number {
  collectGarbage()
  const { heapUsed, external } = process.memoryUsage()
  return heapUsed + external
}

async function benchRedis(): Promise<void> {
  if (spawnSync('redis-server', ['--version']).status !== 0) {
    return console.log('redis: not measured, redis-server is not on the PATH')
  }
  const folder = await mkdtemp(path.join(os.tmpdir(), 'portcullis-bench-'))
  const port = await freePort()
  const args = ['--port', String(port), '--bind', '127.0.0.1', '--dir', folder, '--save', '']
  const server = spawn('redis-server', args, { stdio: 'ignore' })
  const redis = openRedis(`redis://127.0.0.1:${port}`, createLogger('silent'))
  try {
    while (!redis.up) await new Promise((resolve) => setTimeout(resolve, 20))
    await measureRedis(redis)
  } finally {
    redis.close()
    await end(server)
    await rm(folder, { recursive: true, force: true })
  }
}

async function measureRedis(redis: RedisConnection): Promise<void> {
  const store = new LimiterStore(redis)
  let clients = 0
  /** Somebody new each time: who is over the quota costs no round trip. */
  const ipv4 = () =>
    requireAddress(`10.${++clients >> 16}.${(clients >> 8) & 255}.${clients & 255}`)
  const ipv6 = () => requireAddress(`2001:db8:${(++clients & 0xffff).toString(16)}::1`)
  const tasks: Record<string, (i: number) => Promise<unknown>> = {
    PING: () => redis.run((client) => client.ping()),
    'log of 5': () => store.hit(loginCounters(ipv4(), 5), WINDOW_MS),
    'log of 5, IPv6 (three counters)': () => store.hit(loginCounters(ipv6(), 5), WINDOW_MS),
    'slices of 600': () => store.hit(visitCounters(ipv4(), 600), WINDOW_MS),
    'log of 5, refused': () => store.hit(USED_UP, WINDOW_MS),
  }
  for (let i = 0; i < 5; i++) await store.hit(USED_UP, WINDOW_MS)
  const times = await takeTurns(tasks, 2_000)
  const baseline = median(times.PING!)
  for (const [name, all] of Object.entries(times)) {
    const us = median(all) / 1_000
    console.log(
      `redis, one after the other, ${name}: ${us.toFixed(0)} µs, ${(median(all) / baseline).toFixed(2)} of PING`,
    )
  }
}

/** Nanoseconds of each task in each round, one task after the other in every round. */
async function takeTurns(
  tasks: Record<string, (i: number) => Promise<unknown>>,
  times: number,
): Promise<Record<string, number[]>> {
  const measured: Record<string, number[]> = {}
  for (let round = 0; round <= ROUNDS; round++) {
    for (const [name, task] of Object.entries(tasks)) {
      const startedAt = performance.now()
      for (let i = 0; i < times; i++) await task(i)
      const ns = ((performance.now() - startedAt) * 1e6) / times
      if (round > 0) measured[name] = [...(measured[name] ?? []), ns] // The first warms up.
    }
  }
  return measured
}

const USED_UP: Counter[] = [{ table: 'bench', id: 'used up', quota: 5 }]

async function end(server: ChildProcess): Promise<void> {
  await new Promise((resolve) => server.once('exit', resolve).kill('SIGKILL'))
}

function freePort(): Promise<number> {
  return new Promise((resolve) => {
    const probe = createServer().listen(0, '127.0.0.1', () => {
      const { port } = probe.address() as AddressInfo
      probe.close(() => resolve(port))
    })
  })
}

function median(values: number[]): number {
  return values.toSorted((a, b) => a - b)[Math.floor(values.length / 2)]!
}

function format(value: number): string {
  return Math.round(value).toLocaleString('en')
}
