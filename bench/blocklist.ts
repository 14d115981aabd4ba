import { mkdtemp, rm } from 'node:fs/promises'
import { BlockList } from 'node:net'
import os from 'node:os'
import path from 'node:path'
import { monitorEventLoopDelay } from 'node:perf_hooks'
import { setFlagsFromString } from 'node:v8'
import { runInNewContext } from 'node:vm'
import { bindModels } from '../models'
import { type Block, Snapshot } from '../src/blocklist/snapshot'
import { type Address, requireAddress } from '../src/net/address'
import { type Network, networkOf, partsOf, requireNetwork } from '../src/net/network'
import { PostgresBus } from '../src/platform/bus'
import type { Database } from '../src/platform/database'
import { createLogger } from '../src/platform/logger'
import { inPages } from '../src/platform/pages'
import { withDatabase } from './database'

const SIZES = [1_000, 100_000, 1_000_000]
const ROUNDS = 15
const LOADS = 5
const QUESTIONS = 10_000
/** A check of net.BlockList among 100,000 networks takes some 10 ms. */
const SLOW_QUESTIONS = 5
const MB = 1024 * 1024

setFlagsFromString('--expose-gc')
const collectGarbage: () => void = runInNewContext('gc')

/** What it costs to ask, to hold, to load and to change the blocklist, at up to a million networks. */
export async function benchBlocklist(): Promise<void> {
  for (const size of SIZES) benchQuestions(size)
  benchChange()
  await withDatabase(benchDatabase)
}

interface Questions {
  addresses: Address[]
  family: 'ipv4' | 'ipv6'
}

/** Hits and misses of both families against net.BlockList, and against a Set, which knows no networks. */
function benchQuestions(size: number): void {
  const networks = manyNetworks(size)
  const list = measured(() => Snapshot.of(networks.map(blockOf), []))
  const set = measured(() => new Set<string>(networks))
  const system = blockListOf(networks)
  console.log(
    `${format(size)} networks: ${megabytes(list.bytes)} of heap and buffers; a Set of their texts ${megabytes(set.bytes)}, ratio ${ratio(list.bytes, set.bytes)}`,
  )
  for (const [name, { addresses, family }] of Object.entries(questions(networks))) {
    const now = Date.now()
    const times = takeTurns({
      ours: () => ask(addresses, QUESTIONS, (address) => list.value.find(address, now)),
      set: () => ask(addresses, QUESTIONS, (address) => set.value.has(address)),
      system: () => ask(addresses, SLOW_QUESTIONS, (address) => system.check(address, family)),
    })
    console.log(
      `  ${name}: ${nanoseconds(times.ours)}; Set ${nanoseconds(times.set)}, ratio ${ratio(times.ours.median, times.set.median)}; net.BlockList ${nanoseconds(times.system)}, ratio ${ratio(times.ours.median, times.system.median)}`,
    )
  }
}

/** One change among a million, and the million as bytes. */
function benchChange(): void {
  const snapshot = Snapshot.of(manyNetworks(1_000_000).map(blockOf), [])
  const network = requireNetwork('203.0.113.7')
  const block = { ...ORIGIN, end: Number.POSITIVE_INFINITY }
  const { change } = takeTurns({
    change: () =>
      ask(Array(200).fill(0), 200, () => snapshot.with([{ network, block, allowed: false }])),
  })
  console.log(`one change among 1,000,000: ${nanoseconds(change)}`)
}

async function benchDatabase({ knex, connection }: Database): Promise<void> {
  await knex.raw(`
    insert into blocked_ips (ip_address, reason, source, source_name, blocked_by)
    select network(set_masklen(start + step * 64, bits - (step % 3)::int)), 'listed by bench', 'import', 'bench', 'bench'
      from (values ('20.0.0.0'::inet, 32), ('2001:db8::'::inet, 128)) family (start, bits),
           generate_series(1::bigint, 500000) step`)
  const { Loader } = compiled<typeof import('../src/blocklist/loader')>('blocklist/loader')
  const { OwnConnection } =
    compiled<typeof import('../src/platform/own-connection')>('platform/own-connection')
  const own = new OwnConnection(connection)
  const loads = { thread: [] as Load[], here: [] as Load[] }
  for (let round = 0; round < LOADS; round++) {
    loads.thread.push(await watched(() => new Loader(own, connection).load()))
    if (round < 2) loads.here.push(await watched(() => loadHere(knex)))
  }
  await own.close()
  for (const [name, rounds] of Object.entries(loads)) {
    const seconds = median(rounds.map(({ seconds }) => seconds))
    const p99 = median(rounds.map(({ p99Ms }) => p99Ms))
    console.log(
      `load of 1,000,000, ${name === 'here' ? 'row by row on the request thread' : 'in a thread'}: ${seconds.toFixed(2)} s; the event loop's delay meanwhile p99 ${p99.toFixed(1)} ms`,
    )
  }
  await benchSpread({ knex, connection })
}

/** From an order here to the memory of another instance, both holding a million. */
async function benchSpread({ knex, connection }: Pick<Database, 'knex' | 'connection'>) {
  const { Blocklist } = compiled<typeof import('../src/blocklist/blocklist')>('blocklist/blocklist')
  const folder = await mkdtemp(path.join(os.tmpdir(), 'portcullis-bench-'))
  const log = createLogger('warn', process.stderr)
  const bus = new PostgresBus(knex, connection, log)
  await bus.start()
  const parts = { models: bindModels(knex), connection, log, trustedProxies: [], bus }
  const lists = await Promise.all(
    ['one', 'other'].map(async (name) => {
      const dataDir = await mkdtemp(path.join(folder, name))
      const list = new Blocklist({ ...parts, dataDir })
      await list.start()
      while (list.state.from !== 'database') await new Promise((done) => setTimeout(done, 20))
      return list
    }),
  )
  const here: number[] = []
  const there: number[] = []
  for (let i = 0; i < 20; i++) {
    const address = requireAddress(`203.0.113.${i}`)
    const startedAt = performance.now()
    await lists[0]!.block({
      ...{ network: address as string as Network, by: 'bench', reason: 'bench' },
      ...{ source: 'person', expiresAt: null },
    })
    here.push(performance.now() - startedAt)
    while (!lists[1]!.find(address)) await new Promise((done) => setTimeout(done, 1))
    there.push(performance.now() - startedAt)
  }
  console.log(
    `a block among 1,000,000: ${median(here).toFixed(0)} ms until it is in force here, ${median(there).toFixed(0)} ms (at most ${Math.max(...there).toFixed(0)}) until another instance enforces it`,
  )
  for (const list of lists) await list.stop()
  await bus.stop()
  await rm(folder, { recursive: true, force: true })
}

/** The obvious way: rows as objects, page by page, then everything at once. */
async function loadHere(knex: Database['knex']): Promise<Snapshot> {
  const blocks: Block[] = []
  const rows = inPages<Block>(
    knex,
    `select ip_address::text as "ipAddress", reason, source, source_name as "sourceName",
            expires_at as "expiresAt" from blocked_ips order by ip_address`,
    [],
  )
  for await (const page of rows) {
    for (const row of page) blocks.push({ ...row, ipAddress: requireNetwork(row.ipAddress) })
  }
  return Snapshot.of(blocks, [])
}

interface Load {
  seconds: number
  p99Ms: number
}

async function watched(work: () => Promise<unknown>): Promise<Load> {
  const delay = monitorEventLoopDelay({ resolution: 1 })
  delay.enable()
  const startedAt = performance.now()
  await work()
  const seconds = (performance.now() - startedAt) / 1_000
  delay.disable()
  return { seconds, p99Ms: delay.percentile(99) / 1e6 }
}

/** The service's own code: a thread that ts-node compiles first says nothing of it. */
function compiled<Module>(name: string): Module {
  return require(path.join(__dirname, '../dist/src', name))
}

const ORIGIN = { reason: 'listed by bench', source: 'import', sourceName: 'bench' } as const

function blockOf(ipAddress: Network, i: number): Block {
  return {
    ...ORIGIN,
    ipAddress,
    expiresAt: i % 10 === 0 ? new Date(Date.now() + 8.64e7 + i) : null,
  }
}

/** So many different blocks, a tenth of them with an end. */
export function manyBlocks(size: number): Block[] {
  return manyNetworks(size).map(blockOf)
}

/** Half IPv4, half IPv6; a third single addresses, the others networks, some of them nested. */
function manyNetworks(size: number): Network[] {
  const networks = new Set<Network>()
  while (networks.size < size) {
    const ipv6 = networks.size % 2 === 1
    const prefixes = ipv6 ? [128, 128, 64, 56, 48, 32] : [32, 32, 28, 26, 24, 22]
    networks.add(networkOf(anyAddress(ipv6), prefixes[Math.floor(Math.random() * 6)]!))
  }
  return plain([...networks])
}

/** Texts as they come from a socket: one that was cut out or put together is another's until read. */
function plain<Text extends string>(texts: Text[]): Text[] {
  return JSON.parse(JSON.stringify(texts))
}

function anyAddress(ipv6: boolean): Address {
  const any = (below: number) => Math.floor(Math.random() * below)
  if (!ipv6) return requireAddress(`${1 + any(223)}.${any(256)}.${any(256)}.${any(256)}`)
  const groups = Array.from({ length: 7 }, () => any(0x10000).toString(16))
  return requireAddress(`2${any(0x1000).toString(16).padStart(3, '0')}:${groups.join(':')}`)
}

function questions(networks: Network[]): Record<string, Questions> {
  const listed = networks.map((network) => partsOf(network).address)
  const pick = (ipv6: boolean): Address[] => {
    return plain(listed.filter((address) => address.includes(':') === ipv6).slice(-QUESTIONS))
  }
  const unlisted = (ipv6: boolean) =>
    plain(Array.from({ length: QUESTIONS }, () => anyAddress(ipv6)))
  return {
    'IPv4, listed': { addresses: pick(false), family: 'ipv4' },
    'IPv4, any': { addresses: unlisted(false), family: 'ipv4' },
    'IPv6, listed': { addresses: pick(true), family: 'ipv6' },
    'IPv6, any': { addresses: unlisted(true), family: 'ipv6' },
  }
}

function blockListOf(networks: Network[]): BlockList {
  const list = new BlockList()
  for (const { address, prefix, family } of networks.map(partsOf)) {
    list.addSubnet(address, prefix, `ipv${family}`)
  }
  return list
}

/** Nanoseconds per question. */
function ask<Item>(items: readonly Item[], times: number, answer: (item: Item) => unknown): number {
  const startedAt = performance.now()
  for (let i = 0; i < times; i++) answer(items[i % items.length]!)
  return ((performance.now() - startedAt) * 1e6) / times
}

interface Times {
  median: number
  /** The shortest: what it is when nobody else keeps the processor busy. */
  best: number
}

/** The results of several rounds, in which each has its turn. */
function takeTurns<Name extends string>(tasks: Record<Name, () => number>): Record<Name, Times> {
  const names = Object.keys(tasks) as Name[]
  const all = new Map(names.map((name) => [name, [] as number[]]))
  for (let round = 0; round <= ROUNDS; round++) {
    for (const name of names) {
      const result = tasks[name]()
      if (round > 0) all.get(name)!.push(result) // The first warms up.
    }
  }
  const times = names.map((name) => {
    const results = all.get(name)!
    return [name, { median: median(results), best: Math.min(...results) }]
  })
  return Object.fromEntries(times)
}

/** What `make` makes, and the memory that stays taken. */
function measured<Value>(make: () => Value): { value: Value; bytes: number } {
  const before = memory()
  const value = make()
  return { value, bytes: memory() - before }
}

function memory(): number {
  collectGarbage()
  collectGarbage()
  const { heapUsed, external } = process.memoryUsage()
  return heapUsed + external
}

function median(values: number[]): number {
  return values.toSorted((a, b) => a - b)[Math.floor(values.length / 2)]!
}

function nanoseconds({ median, best }: Times): string {
  return `${format(median)} ns (best ${format(best)})`
}

function ratio(ours: number, baseline: number): string {
  return (ours / baseline).toPrecision(2)
}

function megabytes(bytes: number): string {
  return `${(bytes / MB).toFixed(1)} MB`
}

function format(value: number): string {
  return Math.round(value).toLocaleString('en')
}
