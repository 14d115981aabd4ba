import fs from 'node:fs'
import os from 'node:os'
import path from 'node:path'
import { readConfig } from '../../src/config'
import { requireAddress } from '../../src/net/address'
import type { DatabaseConnection } from '../../src/platform/database'
import { createLogger } from '../../src/platform/logger'
import { Lines } from '../../src/request-log/lines'
import {
  type LogEntry,
  RequestLog,
  type RequestLogOptions,
} from '../../src/request-log/request-log'

/** A folder for a test, gone when `remove` is called. */
export function testFolder(): { path: string; remove(): void } {
  const folder = fs.mkdtempSync(path.join(os.tmpdir(), 'portcullis-test-'))
  return { path: folder, remove: () => fs.rmSync(folder, { recursive: true, force: true }) }
}

/** A started request log on `dataDir`, with the settings that `env` holds. */
export function startRequestLog(
  dataDir: string,
  connection: DatabaseConnection,
  env: NodeJS.ProcessEnv = {},
  options: Partial<RequestLogOptions> = {},
): RequestLog {
  const requestLog = new RequestLog({
    config: readConfig({ ...env, DATA_DIR: dataDir }),
    connection,
    role: 'service',
    log: createLogger('silent'),
    ...options,
  })
  requestLog.start()
  return requestLog
}

/** The line of a segment that `entry` becomes. */
export function lineOf(entry: LogEntry): string {
  return Lines.of([entry]).toString()
}

/** A request that was seen just now, but for what `changes` says. */
export function seen(changes: Partial<LogEntry> = {}): LogEntry {
  return {
    address: requireAddress('192.0.2.7'),
    timestamp: Date.now(),
    method: 'GET',
    path: '/',
    query: '',
    status: 200,
    durationMs: 1.5,
    bytes: 512,
    userAgent: 'curl/8',
    account: null,
    source: 'service',
    ...changes,
  }
}
