import { execFile } from 'node:child_process'
import { createReadStream } from 'node:fs'
import { mkdtemp, rm, writeFile } from 'node:fs/promises'
import os from 'node:os'
import path from 'node:path'
import { promisify } from 'node:util'
import { anyFormat } from '../src/access-log/any-format'
import { readLines } from '../src/access-log/reader'
import { openDatabase } from '../src/platform/database'
import { createLogger } from '../src/platform/logger'
import { migrate } from '../src/platform/migrations'
import { Lines } from '../src/request-log/lines'
import { dayOf, ensurePartitions } from '../src/request-log/partitions'
import type { LogEntry } from '../src/request-log/request-log'
import { Segment } from '../src/request-log/segment'

const ROUNDS = 3
const LINES = 100_000
const CLIENTS = 5_000
/** Rows of one insert of the baseline. */
const ROWS = 500
const START = Date.UTC(2024, 0, 31, 12)
const MONTHS = ['Jan', 'Feb']

/**
 * Lines per second from a file to rows of the embedded database, with fsync: the script, which
 * goes through the spool and looks up places, against reading the lines and inserting them with
 * rows of VALUES, which survives no crash and knows no place. Paired runs, and their ratios.
 */
export async function benchIngest(): Promise<void> {
  const folder = await mkdtemp(path.join(os.tmpdir(), 'portcullis-bench-'))
  const file = path.join(folder, 'access.log')
  await writeFile(file, Array.from({ length: LINES }, (_, i) => lineOf(i)).join(''))
  const dataDir = path.join(folder, 'data')
  try {
    for (const group of [1, 10, 32]) {
      const us = appendRecords(folder, group).toFixed(2)
      console.log(`record: ${us} µs each, line and append, ${group} in a turn`)
    }
    await insertValues(file, dataDir) // The first run makes the database.
    for (let round = 1; round <= ROUNDS; round++) {
      const baseline = await insertValues(file, dataDir)
      const ours = await runScript(file, dataDir)
      console.log(
        `round ${round}: VALUES ${format(baseline)} lines/s, ingest-log ${format(ours)} lines/s, ratio ${(ours / baseline).toFixed(2)}`,
      )
    }
  } finally {
    await rm(folder, { recursive: true, force: true })
  }
}

/** Microseconds that a record takes when so many are appended together. */
function appendRecords(folder: string, group: number): number {
  const entry = anyFormat()(lineOf(1)) as LogEntry
  const segment = new Segment(folder)
  const startedAt = performance.now()
  const lines = new Lines()
  for (let i = 1; i <= LINES; i++) {
    lines.add(entry)
    if (i % group !== 0) continue
    segment.append(lines.bytes, lines.size)
    lines.clear()
  }
  const elapsedMs = performance.now() - startedAt
  segment.close()
  return (elapsedMs * 1_000) / LINES
}

async function runScript(file: string, dataDir: string): Promise<number> {
  const script = path.join(__dirname, '../scripts/ingest-log.ts')
  const args = [require.resolve('ts-node/dist/bin'), script, file, '--json']
  const env = { ...process.env, DATA_DIR: dataDir, DATABASE_URL: '' }
  const { stdout } = await promisify(execFile)(process.execPath, args, { env })
  return JSON.parse(stdout).linesPerSecond
}

async function insertValues(file: string, dataDir: string): Promise<number> {
  const database = await openDatabase({ dataDir, role: 'script', log: createLogger('warn') })
  try {
    await migrate(database.knex)
    await ensurePartitions(database.knex, [dayOf(START), dayOf(START) + 86_400_000])
    const startedAt = performance.now()
    const parse = anyFormat()
    let rows: object[] = []
    for await (const lines of readLines(createReadStream(file))) {
      for (const line of lines) {
        const entry = parse(line)
        if (typeof entry === 'object') rows.push(rowOf(entry))
        if (rows.length < ROWS) continue
        await database.knex('request_logs').insert(rows)
        rows = []
      }
    }
    if (rows.length > 0) await database.knex('request_logs').insert(rows)
    return LINES / ((performance.now() - startedAt) / 1_000)
  } finally {
    await database.close()
  }
}

function rowOf(entry: LogEntry): object {
  const { address, timestamp, durationMs, userAgent, ...same } = entry
  return {
    ...same,
    ip_address: address,
    timestamp: new Date(timestamp),
    duration_ms: durationMs,
    user_agent: userAgent,
  }
}

function lineOf(i: number): string {
  const client = (i * 7_919) % CLIENTS
  const address = `${20 + (client % 60)}.${client % 251}.${client % 13}.${1 + (client % 250)}`
  const time = new Date(START + i * 300).toISOString()
  const day = `${time.slice(8, 10)}/${MONTHS[Number(time.slice(5, 7)) - 1]}/${time.slice(0, 4)}`
  const request = `GET /articles/${i % 997}/comments?page=${i % 10} HTTP/1.1`
  const agent = `Mozilla/5.0 (X11; Linux x86_64; rv:${i % 40}.0) Gecko/20100101 Firefox/${i % 40}.0`
  return `${address} - - [${day}:${time.slice(11, 19)} +0000] "${request}" 200 ${i % 9_999} "https://example.com/" "${agent}"\n`
}

function format(value: number): string {
  return Math.round(value).toLocaleString('en')
}
