import { type ChildProcess, spawn } from 'node:child_process'
import { once } from 'node:events'
import { mkdtemp, rm } from 'node:fs/promises'
import os from 'node:os'
import path from 'node:path'
import { createInterface } from 'node:readline'

const MAIN = path.join(__dirname, '../../dist/src/main.js')

/** The service as users run it: compiled, in a process of its own. */
export interface Instance {
  readonly url: string
  readonly pid: number
  /** How long it took from the start of the process until it listened. */
  readonly startedInMs: number
  readonly dataDir: string
  /** What it has logged. */
  readonly log: string[]
  /** SIGTERM, and what comes after; the folder stays when it is to be used again. */
  stop(options?: { keepData: boolean }): Promise<void>
}

const running = new Set<ChildProcess>()

process.on('exit', () => {
  for (const child of running) child.kill('SIGKILL')
})

/** Starts an instance with these settings, in a new folder unless they name one; the caller stops it. */
export async function startInstance(settings: NodeJS.ProcessEnv): Promise<Instance> {
  const dataDir =
    settings.DATA_DIR ?? (await mkdtemp(path.join(os.tmpdir(), 'portcullis-instance-')))
  const startedAt = performance.now()
  const { PATH } = process.env
  const child = spawn(process.execPath, [MAIN], {
    env: { PATH, PORT: '0', ...settings, DATA_DIR: dataDir },
    stdio: ['ignore', 'pipe', 'ignore'],
  })
  running.add(child)
  const ended = once(child, 'exit').finally(() => running.delete(child))
  const log: string[] = []
  const url = await new Promise<string>((resolve, reject) => {
    createInterface({ input: child.stdout }).on('line', (line) => {
      log.push(line)
      const { msg, url } = JSON.parse(line)
      if (msg === 'listening') resolve(url)
    })
    void ended.then(() => reject(new Error(`it ended before it listened:\n${log.join('\n')}`)))
  })
  return {
    url,
    pid: child.pid!,
    startedInMs: performance.now() - startedAt,
    dataDir,
    log,
    async stop({ keepData } = { keepData: false }) {
      child.kill('SIGTERM')
      await ended
      if (!keepData) await rm(dataDir, { recursive: true, force: true })
    },
  }
}
