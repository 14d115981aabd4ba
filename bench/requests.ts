import { type ChildProcess, execFile, execFileSync, spawn } from 'node:child_process'
import { once } from 'node:events'
import { mkdtemp, readdir, readFile, rm } from 'node:fs/promises'
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
/** One load more at the end, in which a writer can put nothing off for ever. */
const SUSTAINED_SECONDS = 20
/** Behind each load: what a writer has put off belongs to it, and not to the next contestant. */
const LOOK_EVERY_MS = 500
const WRITTEN_WITHIN_MS = 60_000
/** The looks are recorded, too: as much may be theirs. */
const BYTES_OF_LOOKS = 2_000

const TS_NODE = require.resolve('ts-node/dist/bin')
const AUTOCANNON = require.resolve('autocannon/autocannon.js')
const CONTESTANTS = path.join(__dirname, 'contestants.ts')
const IS_PINNED = works('taskset', '-c', '0,1', 'true')
const HAS_WRK = works('which', 'wrk')
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
 * round, and the medians of their ratios; then one longer load of each. Where there is `taskset`, a
 * contestant with all its threads (the embedded database is one) has core 0 for itself, the load
 * generator core 1; Postgres (DATABASE_URL or TEST_DATABASE_URL) runs where it likes, and should be
 * kept off core 0. Processor time is told beside, with its ratio the other way round: it suffers
 * less from whatever else the machine does, and says what one core can keep up for hours, for the
 * rows that were put off during the load are in it.
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
      IS_PINNED ? 'contestants on core 0, load on core 1' : 'no taskset: nothing is pinned',
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
  console.log(`medians of ${ROUNDS} rounds of ${SECONDS} s`)
  tell(runs)
  for (const contestant of contestants) {
    runs.set(contestant, [await load(contestant, SUSTAINED_SECONDS)])
  }
  console.log(`one load of ${SUSTAINED_SECONDS} s`)
  tell(runs)
}

function tell(runs: Map<Contestant, Figures[]>): void {
  const baseline = [...runs.values()][0]!
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

async function load(contestant: Contestant, seconds: number): Promise<Figures> {
  const { name, url, process: child } = contestant
  const before = await processorUs(child.pid!)
  const requests = await send(`${url}/livez`, seconds).catch((error) => {
    throw new Error(`${name}: ${error.message}`, { cause: error })
  })
  await allWritten(contestant)
  const after = await processorUs(child.pid!)
  return {
    perSecond: requests / seconds,
    threadUs: (after.thread - before.thread) / requests,
    allUs: (after.all - before.all) / requests,
  }
}

/** Requests that were answered: asked by wrk, or where there is none by autocannon, which is slower. */
async function send(url: string, seconds: number): Promise<number> {
  const options = ['-c', `${CONNECTIONS}`, '-d', `${seconds}`, url]
  const generator = HAS_WRK ? ['wrk', '-t', '1'] : [process.execPath, AUTOCANNON, '-j']
  const [command, ...args] = onCore(1, [...generator, ...options])
  const { stdout } = await promisify(execFile)(command!, args)
  const refused = HAS_WRK ? /Non-2xx/.test(stdout) : JSON.parse(stdout).non2xx > 0
  if (refused) throw new Error('some answers were not 2xx')
  return HAS_WRK ? Number(/(\d+) requests in/.exec(stdout)![1]) : JSON.parse(stdout).requests.total
}

/** Waits until nothing is left in the spool of a service; the others have none. */
async function allWritten({ name, url }: Contestant): Promise<void> {
  const end = performance.now() + WRITTEN_WITHIN_MS
  do {
    await sleep(LOOK_EVERY_MS)
    const waiting = /(\d+) bytes waiting/.exec(await (await fetch(`${url}/readyz`)).text())
    // They write once a second.
    if (!waiting) return sleep(2 * LOOK_EVERY_MS)
    if (Number(waiting[1]) < BYTES_OF_LOOKS) return
  } while (performance.now() < end)
  throw new Error(`${name} did not write its rows`)
}

/** Microseconds of processor time so far; the first thread of a process is the one that answers. */
async function processorUs(pid: number): Promise<{ thread: number; all: number }> {
  let [thread, all] = [0, 0]
  for (const id of await readdir(`/proc/${pid}/task`).catch(() => [])) {
    // A thread may end meanwhile.
    const stat = await readFile(`/proc/${pid}/task/${id}/schedstat`, 'utf8').catch(() => '0')
    const us = Number(stat.split(' ')[0]) / 1_000
    if (id === `${pid}`) thread = us
    all += us
  }
  return { thread, all }
}

function onCore(core: number, command: string[]): string[] {
  return IS_PINNED ? ['taskset', '-c', `${core}`, ...command] : command
}

function works(command: string, ...args: string[]): boolean {
  try {
    execFileSync(command, args, { stdio: 'ignore' })
    return true
  } catch {
    return false
  }
}

function median(values: number[]): number {
  const sorted = values.toSorted((a, b) => a - b)
  return sorted[Math.floor(sorted.length / 2)]!
}
