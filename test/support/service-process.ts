import { spawn } from 'node:child_process'
import { once } from 'node:events'
import { mkdtemp, rm } from 'node:fs/promises'
import os from 'node:os'
import path from 'node:path'
import { createInterface } from 'node:readline'

/** Compiled, as `npm start` runs it; made by `npm test` before the tests. */
const MAIN = path.join(__dirname, '../../dist/src/main.js')

/** A service in a process of its own. */
export interface ServiceProcess {
  readonly url: string
  readonly dataDir: string
  readonly pid: number
  /** Ends it at once and removes its folder. */
  stop(): Promise<void>
}

/**
 * Starts a service with these settings, in a folder of its own, and waits until it listens; behind
 * the program and arguments of `wrapper`, which has to become it.
 */
export async function startServiceProcess(
  settings: NodeJS.ProcessEnv,
  wrapper: string[] = [],
): Promise<ServiceProcess> {
  const dataDir = await mkdtemp(path.join(os.tmpdir(), 'portcullis-process-'))
  const [program, ...args] = [...wrapper, process.execPath, MAIN]
  const child = spawn(program!, args, {
    env: { ...process.env, DATA_DIR: dataDir, PORT: '0', ...settings },
    stdio: ['ignore', 'pipe', 'ignore'],
  })
  const kill = () => child.kill('SIGKILL')
  process.once('exit', kill)
  for await (const line of createInterface({ input: child.stdout })) {
    const { msg, url } = JSON.parse(line)
    if (msg !== 'listening') continue
    child.stdout.resume()
    return {
      url,
      dataDir,
      pid: child.pid!,
      async stop() {
        process.removeListener('exit', kill)
        const ended = once(child, 'exit')
        if (child.exitCode === null && kill()) await ended
        await rm(dataDir, { recursive: true, force: true })
      },
    }
  }
  throw new Error('the service ended before it listened')
}
