import { type ChildProcess, spawn } from 'node:child_process'
import { once } from 'node:events'
import { mkdtemp, rm } from 'node:fs/promises'
import os from 'node:os'
import path from 'node:path'
import { createInterface } from 'node:readline'
import autocannon from 'autocannon'

const ROUNDS = 7
const SECONDS = 5
const CONNECTIONS = 32

/** A server under load, in a process of its own. */
interface Contestant {
  url: string
  process: ChildProcess
}

/**
 * Requests per second of the tracked service against bare Koa with the same route: paired runs,
 * one after the other in each round, and the median of their ratios.
 */
export async function benchRequests(): Promise<void> {
  const dataDir = await mkdtemp(path.join(os.tmpdir(), 'portcullis-bench-'))
  const bare = await start([
    require.resolve('ts-node/dist/bin'),
    path.join(__dirname, 'bare-koa.ts'),
  ])
  const tracked = await start([path.join(__dirname, '../dist/src/main.js')], { DATA_DIR: dataDir })
  try {
    await load(bare, 2)
    await load(tracked, 2)

    const ratios: number[] = []
    for (let round = 1; round <= ROUNDS; round++) {
      const baseline = await load(bare, SECONDS)
      const ours = await load(tracked, SECONDS)
      ratios.push(ours / baseline)
      console.log(
        `round ${round}: bare Koa ${format(baseline)}/s, tracked ${format(ours)}/s, ratio ${(ours / baseline).toFixed(2)}`,
      )
    }
    console.log(`requests: tracked service at ${median(ratios).toFixed(2)} of bare Koa (median)`)
  } finally {
    await stop(bare)
    await stop(tracked)
    await rm(dataDir, { recursive: true, force: true })
  }
}

async function start(args: string[], env: NodeJS.ProcessEnv = {}): Promise<Contestant> {
  const child = spawn(process.execPath, args, {
    env: { ...process.env, ...env, PORT: '0' },
    stdio: ['ignore', 'pipe', 'ignore'],
  })
  for await (const line of createInterface({ input: child.stdout })) {
    const { msg, url } = JSON.parse(line)
    if (msg === 'listening') {
      child.stdout.resume()
      return { url, process: child }
    }
  }
  throw new Error(`${args.join(' ')} ended before it listened`)
}

async function stop({ process }: Contestant): Promise<void> {
  process.kill('SIGTERM')
  await once(process, 'exit')
}

async function load({ url }: Contestant, seconds: number): Promise<number> {
  const result = await autocannon({
    url: `${url}/livez`,
    connections: CONNECTIONS,
    duration: seconds,
  })
  if (result.non2xx > 0) throw new Error(`${result.non2xx} answers were not 2xx`)
  return result.requests.average
}

function median(values: number[]): number {
  const sorted = values.toSorted((a, b) => a - b)
  return sorted[Math.floor(sorted.length / 2)]!
}

function format(value: number): string {
  return Math.round(value).toLocaleString('en')
}
