import { type ChildProcess, execFileSync, spawn } from 'node:child_process'
import { once } from 'node:events'
import { existsSync, readdirSync } from 'node:fs'
import { chmod, chown, cp, mkdtemp, readdir, readFile, rm } from 'node:fs/promises'
import os from 'node:os'
import path from 'node:path'
import { Client } from 'pg'
import { eventually } from './eventually'
import { freePort } from './port'
import { skipLoudly } from './skipped'

/** A Postgres server of our own, to be mistreated in tests. */
export interface TestPostgres {
  readonly port: number
  readonly url: string
  /** Runs SQL as its superuser, in the database of `url`. */
  run(sql: string): Promise<Record<string, unknown>[]>
  /** Stops every one of its processes where it stands: connections stay open, nothing is answered. */
  freeze(): Promise<void>
  thaw(): Promise<void>
  /** Ends every one of its processes at once, as a power cut would. */
  kill(): Promise<void>
  /** Starts it again after `kill`, with its data and on the same port. */
  restart(): Promise<void>
  /** Ends it and removes its folder. */
  stop(): Promise<void>
}

const BIN = findBin()
/** Postgres refuses to run as root: the package's own user runs it then. */
const OWNER = process.getuid?.() === 0 ? ownerOf('postgres') : undefined
const running = new Set<ChildProcess>()
let template: Promise<string> | undefined

// A test run that breaks off must not leave servers behind.
process.on('exit', () => {
  for (const child of running) child.kill('SIGQUIT')
})

after(async () => {
  if (template) await rm(path.dirname(await template), { recursive: true, force: true })
})

/** Starts a server on a free port; the caller stops it. Skips loudly where there is no Postgres. */
export async function startPostgres(hook: Mocha.Context): Promise<TestPostgres> {
  if (!BIN || (process.getuid?.() === 0 && !OWNER)) {
    skipLoudly(hook, 'there is no Postgres server; install it (Debian: postgresql)')
  }
  template ??= initialise()
  const folder = await ownFolder()
  const data = path.join(folder, 'data')
  await cp(await template, data, { recursive: true, preserveTimestamps: true })
  await own(data)
  const port = await freePort()
  const url = `postgresql://postgres@127.0.0.1:${port}/postgres`
  let server = await launch(data, port)

  async function run(sql: string) {
    const client = new Client({ connectionString: url, connectionTimeoutMillis: 5_000 })
    await client.connect()
    try {
      return (await client.query(sql)).rows
    } finally {
      await client.end()
    }
  }
  async function signalAll(signal: NodeJS.Signals): Promise<void> {
    // The parent first: it would make new ones.
    for (const pid of [server.pid!, ...(await childrenOf(server.pid!))]) kill(pid, signal)
  }
  async function killAll(): Promise<void> {
    const children = await childrenOf(server.pid!)
    await signalAll('SIGKILL')
    if (running.has(server)) await once(server, 'exit')
    await eventually('all its processes have ended', () => !children.some(isAlive))
  }
  return {
    port,
    url,
    run,
    freeze: () => signalAll('SIGSTOP'),
    thaw: () => signalAll('SIGCONT'),
    kill: killAll,
    async restart() {
      server = await launch(data, port)
    },
    async stop() {
      await killAll()
      await rm(folder, { recursive: true, force: true })
    },
  }
}

/** Makes an empty cluster once: to copy it is ten times as quick. */
async function initialise(): Promise<string> {
  const data = path.join(await ownFolder(), 'data')
  const args = ['-D', data, '-U', 'postgres', '-A', 'trust', '-E', 'UTF8', '--no-sync']
  execFileSync(path.join(BIN!, 'initdb'), args, { ...OWNER, stdio: 'ignore' })
  return data
}

async function launch(data: string, port: number): Promise<ChildProcess> {
  const settings = {
    port,
    listen_addresses: '127.0.0.1',
    unix_socket_directories: '',
    fsync: 'off',
  }
  const args = Object.entries(settings).flatMap(([name, value]) => ['-c', `${name}=${value}`])
  const server = spawn(path.join(BIN!, 'postgres'), ['-D', data, ...args], {
    ...OWNER,
    stdio: 'ignore',
  })
  running.add(server)
  server.once('exit', () => running.delete(server))
  await eventually('Postgres answers', () => answers(port), 30_000)
  return server
}

async function answers(port: number): Promise<boolean> {
  const client = new Client({ host: '127.0.0.1', port, user: 'postgres', database: 'postgres' })
  try {
    await client.connect()
    await client.end()
    return true
  } catch {
    return false
  }
}

async function ownFolder(): Promise<string> {
  const folder = await mkdtemp(path.join(os.tmpdir(), 'portcullis-postgres-'))
  await own(folder)
  return folder
}

/** Gives a folder and what is in it to whom the server runs as. */
async function own(folder: string): Promise<void> {
  await chmod(folder, 0o700)
  if (!OWNER) return
  const names = await readdir(folder, { recursive: true })
  for (const name of ['', ...names]) await chown(path.join(folder, name), OWNER.uid, OWNER.gid)
}

async function childrenOf(parent: number): Promise<number[]> {
  const children: number[] = []
  for (const name of await readdir('/proc')) {
    if (!/^\d+$/.test(name)) continue
    const stat = await readFile(`/proc/${name}/stat`, 'utf8').catch(() => '') // Ended meanwhile.
    const [, ppid] = stat.slice(stat.lastIndexOf(')') + 2).split(' ')
    if (Number(ppid) === parent) children.push(Number(name))
  }
  return children
}

function kill(pid: number, signal: NodeJS.Signals | 0): boolean {
  try {
    return process.kill(pid, signal)
  } catch {
    return false // It has ended.
  }
}

function isAlive(pid: number): boolean {
  return kill(pid, 0)
}

function findBin(): string | undefined {
  const root = '/usr/lib/postgresql' // Debian's; newest first.
  const versions = existsSync(root) ? readdirSync(root).sort((a, b) => Number(b) - Number(a)) : []
  const folders = [
    ...versions.map((version) => path.join(root, version, 'bin')),
    ...(process.env.PATH ?? '').split(path.delimiter),
  ]
  return folders.find((folder) => existsSync(path.join(folder, 'initdb')))
}

function ownerOf(user: string): { uid: number; gid: number } | undefined {
  try {
    const id = (flag: string) => Number(execFileSync('id', [flag, user], { stdio: 'pipe' }))
    return { uid: id('-u'), gid: id('-g') }
  } catch {
    return undefined
  }
}
