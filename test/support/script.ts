import { spawn } from 'node:child_process'
import { once } from 'node:events'
import path from 'node:path'
import { text } from 'node:stream/consumers'

const ROOT = path.join(__dirname, '../..')
const TS_NODE = require.resolve('ts-node/dist/bin')

interface Ended {
  code: number | null
  stdout: string
  stderr: string
}

/** Runs a script as a person does, `ts-node scripts/NAME.ts …`, and waits until it has ended. */
export async function runScript(
  name: string,
  args: string[],
  env: NodeJS.ProcessEnv = {},
  input: string | Uint8Array = '',
): Promise<Ended> {
  const child = spawn(process.execPath, [TS_NODE, `scripts/${name}.ts`, ...args], {
    cwd: ROOT,
    env: { ...process.env, ...env },
  })
  child.stdin.on('error', () => {}) // A script that reads nothing may have ended already.
  child.stdin.end(input)
  const [stdout, stderr, [code]] = await Promise.all([
    text(child.stdout),
    text(child.stderr),
    once(child, 'exit'),
  ])
  return { code, stdout, stderr }
}
