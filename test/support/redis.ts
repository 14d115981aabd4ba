import { type ChildProcess, spawn, spawnSync } from 'node:child_process'
import { once } from 'node:events'
import { mkdtemp, rm } from 'node:fs/promises'
import os from 'node:os'
import path from 'node:path'
import { Redis } from 'ioredis'
import { freePort } from './port'
import { skipLoudly } from './skipped'

/** A Redis of our own, on a private port and in a private folder, to be mistreated in tests. */
export interface TestRedis {
  readonly url: string
  /** Stops the process where it stands: connections stay open and nothing is answered. */
  freeze(): void
  thaw(): void
  /** Ends the process at once, as a crash would. */
  kill(): Promise<void>
  /** Starts it again, empty, on the same port. */
  restart(): Promise<void>
  /** Ends the process and removes its folder. */
  stop(): Promise<void>
}

const installed = spawnSync('redis-server', ['--version']).status === 0
const running = new Set<ChildProcess>()
let shared: Promise<TestRedis> | undefined

// A test run that breaks off must not leave servers behind.
process.on('exit', () => {
  for (const child of running) child.kill('SIGKILL')
})

after(async () => {
  const redis = await shared
  await redis?.stop()
})

/**
 * The Redis that all tests of this run share; use keys of your own. To be called in a `before`
 * hook: without `redis-server` on the PATH the hook's suite is skipped loudly.
 */
export function sharedRedis(hook: Mocha.Context): Promise<TestRedis> {
  requireServer(hook)
  shared ??= start()
  return shared
}

/** A Redis for one suite alone; the caller stops it. Skips like `sharedRedis`. */
export function startRedis(hook: Mocha.Context): Promise<TestRedis> {
  requireServer(hook)
  return start()
}

function requireServer(hook: Mocha.Context): void {
  if (installed) return
  skipLoudly(hook, 'redis-server is not on the PATH; install it (Debian: redis-server)')
}

async function start(): Promise<TestRedis> {
  const folder = await mkdtemp(path.join(os.tmpdir(), 'portcullis-redis-'))
  const port = await freePort()
  let child = await launch(port, folder)

  async function kill() {
    child.kill('SIGKILL')
    if (running.has(child)) await once(child, 'exit')
  }
  return {
    url: `redis://127.0.0.1:${port}`,
    freeze: () => void child.kill('SIGSTOP'),
    thaw: () => void child.kill('SIGCONT'),
    kill,
    async restart() {
      child = await launch(port, folder)
    },
    async stop() {
      await kill()
      await rm(folder, { recursive: true, force: true })
    },
  }
}

async function launch(port: number, folder: string): Promise<ChildProcess> {
  const settings = { port, bind: '127.0.0.1', dir: folder, save: '', appendonly: 'no' }
  const args = Object.entries(settings).flatMap(([name, value]) => [`--${name}`, String(value)])
  const child = spawn('redis-server', args, { stdio: 'ignore' })
  running.add(child)
  child.once('exit', () => running.delete(child))
  await answers(port)
  return child
}

async function answers(port: number): Promise<void> {
  const probe = new Redis({ port, maxRetriesPerRequest: null, retryStrategy: () => 20 })
  probe.on('error', () => {}) // Not there yet.
  await probe.ping()
  probe.disconnect()
}
