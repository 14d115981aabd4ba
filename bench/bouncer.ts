import { once } from 'node:events'
import { get, type IncomingMessage, type Server } from 'node:http'
import type { AddressInfo } from 'node:net'
import { monitorEventLoopDelay } from 'node:perf_hooks'
import { setFlagsFromString } from 'node:v8'
import { runInNewContext } from 'node:vm'
import Koa, { type Context } from 'koa'
import { Edition } from '../src/blocklist/edition'
import { inForce } from '../src/blocklist/in-force'
import { type Block, Snapshot } from '../src/blocklist/snapshot'
import { bouncerRoutes } from '../src/gate/bouncer'
import { requireNetwork } from '../src/net/network'
import { manyBlocks } from './blocklist'

const SIZE = 1_000_000
const ROUNDS = 3
const MB = 1024 * 1024

setFlagsFromString('--expose-gc')
const collectGarbage: () => void = runInNewContext('gc')

/**
 * What it costs to tell bouncers a list of a million, and then that little has changed: the stream
 * of the service beside the obvious way, all decisions as objects and the answer as one text.
 */
export async function benchBouncer(): Promise<void> {
  let snapshot = Snapshot.of(manyBlocks(SIZE), [])
  const list = {
    find: () => undefined,
    edition: () => new Edition(snapshot, Date.now()),
    recentlyChanged: () => Promise.resolve([]),
    blocks: () => snapshot.blocks(Date.now()),
    allowed: () => snapshot.allowedNetworks(),
  }
  const change = () => {
    const block = { reason: 'bench', source: 'person', sourceName: null, end: Infinity } as const
    const network = requireNetwork(`203.0.113.${Math.floor(Math.random() * 256)}`)
    snapshot = snapshot.with([{ network, block, allowed: false }])
  }
  const contestants = { stream: streaming(list), 'one text': inOneText(list) }
  for (const [name, app] of Object.entries(contestants)) {
    const server = app.listen(0, '127.0.0.1')
    await once(server, 'listening')
    for (const [what, query] of [
      ['all', '?startup=true'],
      ['one change', ''],
    ] as const) {
      const rounds: Watched[] = []
      for (let round = 0; round < ROUNDS; round++) {
        change()
        rounds.push(await watched(server, query))
      }
      rounds.sort((a, b) => a.ms - b.ms)
      const { ms, cpuMs, longestMs, bytes, heldMb, peakMb } = rounds[ROUNDS >> 1]!
      console.log(
        `${name}, ${what}: ${ms.toFixed(0)} ms (${cpuMs.toFixed(0)} ms of the processor), ${(bytes / MB).toFixed(1)} MB sent; the event loop's longest delay ${longestMs.toFixed(0)} ms; memory at most ${peakMb.toFixed(0)} MB more, ${heldMb.toFixed(0)} MB kept`,
      )
    }
    server.close()
    server.closeAllConnections()
  }
}

type List = Parameters<typeof bouncerRoutes>[0]['blocklist'] & Parameters<typeof inForce>[0]

function streaming(blocklist: List) {
  const requireBouncerKey = (ctx: Context, next: () => Promise<void>) => {
    ctx.state.identity = { keyId: 1 }
    return next()
  }
  return new Koa().use(bouncerRoutes({ blocklist, requireBouncerKey }).routes())
}

function inOneText(list: List) {
  let sent = new Map<string, Block>()
  return new Koa().use((ctx) => {
    const before = ctx.query.startup ? new Map<string, Block>() : sent
    sent = new Map([...inForce(list)].map((block) => [block.ipAddress, decisionLike(block)]))
    ctx.body = {
      new: [...sent.values()].filter(({ ipAddress }) => !before.has(ipAddress)),
      deleted: [...before.values()].filter(({ ipAddress }) => !sent.has(ipAddress)),
    }
  })
}

/** As large as a decision; the number of the block is left out, which would be a hash. */
function decisionLike({ ipAddress, reason, source, sourceName, expiresAt }: Block) {
  const duration = expiresAt ? `${expiresAt.getTime()}s` : '315360000s'
  return { ipAddress, reason, source, sourceName, expiresAt, duration, type: 'ban', scope: 'Ip' }
}

interface Watched {
  ms: number
  cpuMs: number
  longestMs: number
  bytes: number
  heldMb: number
  peakMb: number
}

async function watched(server: Server, query: string): Promise<Watched> {
  collectGarbage()
  const before = memory()
  let peak = before
  const delay = monitorEventLoopDelay({ resolution: 1 })
  delay.enable()
  const startedAt = performance.now()
  const cpu = process.cpuUsage()
  const { port } = server.address() as AddressInfo
  const [answer] = (await once(
    get({ port, host: '127.0.0.1', path: `/v1/decisions/stream${query}` }),
    'response',
  )) as [IncomingMessage]
  let bytes = 0
  answer.on('data', (chunk: Buffer) => {
    bytes += chunk.length
    peak = Math.max(peak, memory())
  })
  await once(answer, 'end')
  const { user, system } = process.cpuUsage(cpu)
  const ms = performance.now() - startedAt
  delay.disable()
  collectGarbage()
  const heldMb = (memory() - before) / MB
  const peakMb = (peak - before) / MB
  return { ms, cpuMs: (user + system) / 1e3, longestMs: delay.max / 1e6, bytes, heldMb, peakMb }
}

function memory(): number {
  const { heapUsed, external } = process.memoryUsage()
  return heapUsed + external
}
