import { type ChildProcess, spawn } from 'node:child_process'
import { once } from 'node:events'
import { connect } from 'node:net'
import path from 'node:path'
import type { DatabaseConnection } from '../../src/platform/database'
import type { RequestLogCounts } from '../../src/request-log/request-log'

const TS_NODE = require.resolve('ts-node/register/transpile-only')
const RECORDER = path.join(__dirname, '../request-log/fixtures/recorder.ts')

/** A server in a process of its own that records every request and answers it with its path. */
export interface Recorder {
  readonly port: number
  readonly process: ChildProcess
  counts(): Promise<RequestLogCounts>
}

/** Starts it; `limits` is shell code that runs in front of it, such as `ulimit -f 64`. */
export async function startRecorder(
  dataDir: string,
  connection: DatabaseConnection,
  limits = ':',
): Promise<Recorder> {
  const args = ['-r', TS_NODE, RECORDER, dataDir, JSON.stringify(connection)]
  const shell = ['-c', `${limits}; exec "$0" "$@"`, process.execPath, ...args]
  const child = spawn('bash', shell, { stdio: ['ignore', 'ignore', 'inherit', 'ipc'] })
  const [{ port }] = await once(child, 'message')
  return {
    port,
    process: child,
    async counts() {
      child.send('counts')
      const [{ counts }] = await once(child, 'message')
      return counts
    },
  }
}

/**
 * Sends requests for `prefix/0`, `prefix/1`, … over one connection, `ahead` of them before the
 * first is answered, until there are `most` or the server is gone. The paths whose answers arrived.
 */
export async function pipeline(
  port: number,
  prefix: string,
  { ahead = 16, most = Number.POSITIVE_INFINITY } = {},
): Promise<string[]> {
  const socket = connect(port, '127.0.0.1')
    .setEncoding('latin1')
    .on('error', () => {})
  const answered: string[] = []
  let sent = 0
  let rest = ''
  const send = (requests: number) => {
    let text = ''
    for (; requests > 0 && sent < most; requests--) {
      text += `GET ${prefix}/${sent++} HTTP/1.1\r\nhost: a\r\n\r\n`
    }
    if (text !== '') socket.write(text)
  }
  socket.on('data', (text: string) => {
    const lines = (rest + text).split('\n')
    // What stands behind the last newline was not answered as a whole.
    rest = lines.pop()!
    const paths = lines.filter((line) => line.startsWith('/'))
    answered.push(...paths)
    send(paths.length)
    if (answered.length >= most) socket.destroy()
  })
  send(ahead)
  // `once` would take the end of the server for a failure.
  await new Promise((closed) => socket.on('close', closed))
  return answered
}
