import { type ChildProcess, execFile, execFileSync, spawn } from 'node:child_process'
import { once } from 'node:events'
import { readFileSync } from 'node:fs'
import { mkdtemp, rm } from 'node:fs/promises'
import os from 'node:os'
import path from 'node:path'
import { createInterface } from 'node:readline'
import { setTimeout as sleep } from 'node:timers/promises'
import { promisify } from 'node:util'

const ROUNDS = 5
const SECONDS = 4
const CONNECTIONS = 32
/** Code is compiled while it runs for the first time, the writer's too. */
const WARM_UP_SECONDS = 8
/** Behind each load: what a writer has put off belongs to it, and not to the next contestant. */
const PAUSE_MS = 3_000
/** The kernel's unit of processor time, the same on every Linux. */
const TICK_US = 10_000

const TS_NODE = require.resolve('ts-node/dist/bin')
const AUTOCANNON = require.resolve('autocannon/autocannon.js')
const CONTESTANTS = path.join(__dirname, 'contestants.ts')
const SERVICE = path.join(__dirname, '../dist/src/main.js')

/** A server under load, in a process of its own. */
interface Contestant {
  name: string
  url: string
  process: ChildProcess
}

/** What one load showed. */
interface Figures {
  perSecond: number
  /**
   * Microseconds of processor time a request: of the thread that answers, and of all threads, until
   * its rows are written.
   */
  threadUs: number
  allUs: number
}

/**
 * Requests per second against bare Koa with the same route: paired runs, one after the other in each
 * round, and the medians of their ratios. Where there is `taskset`, a contestant with all its
 * threads (the embedded database is one) has core 0 for itself, the load generator core 1; Postgres
 * (DATABASE_URL or TEST_DATABASE_URL) runs where it likes. Processor time is told beside, with its
 * ratio the other way round: it suffers less from whatever else the machine does, and says what one
 * core can keep up for hours, for the rows that were put off during the load are in it.
 */
export async function benchRequests(): Promise<void> {
  const folder = await mkdtemp(path.join(os.tmpdir(), 'portcullis-bench-'))
  const server = process.env.DATABASE_URL || process.env.TEST_DATABASE_URL
  const contestants: Contestant[] = []
  const add = async (name: string, args: string[], env: NodeJS.ProcessEnv = {}) => {
    contestants.push(await start(name, args, env))
  }
  try {
    await add('bare Koa', [TS_NODE, CONTESTANTS, 'bare'])
    await add('judged only', [TS_NODE, CONTESTANTS, 'judged'])
    if (server) {
      const env = { DATABASE_URL: server }
      await add('naive', [TS_NODE, CONTESTANTS, 'naive'], env)
      await add('written by the request thread', [TS_NODE, CONTESTANTS, 'written'], env)
      await add('tracked, Postgres', [SERVICE], { ...env, DATA_DIR: path.join(folder, 'a') })
    } else {
      console.log('no DATABASE_URL or TEST_DATABASE_URL: Postgres is left out')
    }
    await add('tracked, embedded', [SERVICE], {
      DATABASE_URL: '',
      DATA_DIR: path.join(folder, 'b'),
    })
    console.log(
      pinned() ? 'contestants on core 0, load on core 1' : 'no taskset: nothing is pinned',
    )
    await compare(contestants)
  } finally {
    for (const contestant of contestants) await stop(contestant)
    await rm(folder, { recursive: true, force: true })
  }
}

async function compare(contestants: Contestant[]): Promise<void> {
  const runs = new Map(contestants.map((contestant) => [contestant, [] as Figures[]]))
  for (const contestant of contestants) await load(contestant, WARM_UP_SECONDS)
  for (let round = 1; round <= ROUNDS; round++) {
    for (const [contestant, figures] of runs) figures.push(await load(contestant, SECONDS))
  }
  const baseline = runs.get(contestants[0]!)!
  for (const [{ name }, figures] of runs) {
    const of = (pick: (one: Figures, bare: Figures) => number) =>
      median(figures.map((one, round) => pick(one, baseline[round]!)))
    const perSecond = Math.round(of((one) => one.perSecond)).toLocaleString('en')
    const ratio = of((one, bare) => one.perSecond / bare.perSecond).toFixed(2)
    const thread = of((one) => one.threadUs).toFixed(1)
    const all = of((one) => one.allUs).toFixed(1)
    const allRatio = of((one, bare) => bare.allUs / one.allUs).toFixed(2)
    const threadRatio = of((one, bare) => bare.threadUs / one.threadUs).toFixed(2)
    console.log(
      `${name}: ${perSecond}/s, ratio ${ratio}; processor ${thread} µs a request in the thread that answers (ratio ${threadRatio}), ${all} µs in all (ratio ${allRatio})`,
    )
  }
}

async function start(name: string, args: string[], env: NodeJS.ProcessEnv): Promise<Contestant> {
  const [command, ...rest] = onCore(0, [process.execPath, ...args])
  const child = spawn(command!, rest, {
    env: { ...process.env, ...env, PORT: '0' },
    stdio: ['ignore', 'pipe', 'ignore'],
  })
  for await (const line of createInterface({ input: child.stdout })) {
    const { msg, url } = JSON.parse(line)
    if (msg === 'listening') {
      child.stdout.resume()
      return { name, url, process: child }
    }
  }
  throw new Error(`${name} ended before it listened`)
}

async function stop({ process }: Contestant): Promise<void> {
  process.kill('SIGTERM')
  await once(process, 'exit')
}

async function load(
  { name, url, process: { pid } }: Contestant,
  seconds: number,
): Promise<Figures> {
  const options = ['-j', '-c', `${CONNECTIONS}`, '-d', `${seconds}`, `${url}/livez`]
  const [command, ...args] = onCore(1, [process.execPath, AUTOCANNON, ...options])
  const before = processorUs(pid!)
  const { stdout } = await promisify(execFile)(command!, args)
  await sleep(PAUSE_MS)
  const after = processorUs(pid!)
  const { requests, non2xx } = JSON.parse(stdout)
  if (non2xx > 0) throw new Error(`${name}: ${non2xx} answers were not 2xx`)
  return {
    perSecond: requests.total / seconds,
    threadUs: (after.thread - before.thread) / requests.total,
    allUs: (after.all - before.all) / requests.total,
  }
}

/** Microseconds of processor time so far; the first thread of a process is the one that answers. */
function processorUs(pid: number): { thread: number; all: number } {
  return { thread: readUs(`/proc/${pid}/task/${pid}/stat`), all: readUs(`/proc/${pid}/stat`) }
}

/** Fields 14 and 15, counted behind the name, which may hold anything; 0 where there is no /proc. */
function readUs(file: string): number {
  if (process.platform !== 'linux') return 0
  const stat = readFileSync(file, 'utf8')
  const fields = stat.slice(stat.lastIndexOf(')') + 2).split(' ')
  return (Number(fields[11]) + Number(fields[12])) * TICK_US
}

function onCore(core: number, command: string[]): string[] {
  return pinned() ? ['taskset', '-c', `${core}`, ...command] : command
}

function pinned(): boolean {
  try {
    execFileSync('taskset', ['-c', '0,1', 'true'], { stdio: 'ignore' })
    return true
  } catch {
    return false
  }
}

function median(values: number[]): number {
  const sorted = values.toSorted((a, b) => a - b)
  return sorted[Math.floor(sorted.length / 2)]!
}
