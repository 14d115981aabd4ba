import { createReadStream } from 'node:fs'
import { access } from 'node:fs/promises'
import type { Readable } from 'node:stream'
import { parseCombined } from '../src/access-log/combined'
import { Intake } from '../src/access-log/intake'
import { readLines } from '../src/access-log/reader'
import { RequestLog } from '../src/request-log/request-log'
import { type Outcome, runScript, WrongUsage } from './script'

const CHUNK_BYTES = 256 * 1024
const PROGRESS_MS = 200
/** How long the database may take nothing before the script gives up; what was read stays in the spool. */
const PATIENCE_MS = 60_000

void runScript({
  usage: `ts-node scripts/ingest-log.ts <access.log|-> [--json]

Loads an access log (combined or common format, plain or gzip; - reads standard input) into the
request log, with its own timestamps. A bad line is counted and never stops the rest.`,
  args: [1, 1],
  async run({ args: [file = '-'], config, log, opened, openDatabase }) {
    const input = await openInput(file)
    const { database } = await openDatabase()
    const requestLog = opened.add(
      new RequestLog({ config, connection: database.connection, role: 'script', log }),
      (requestLog) => requestLog.stop(),
    )
    requestLog.start()

    const startedAt = performance.now()
    const intake = new Intake(parseCombined, (entry) => requestLog.record(entry))
    await ingest(input, intake, requestLog)
    return outcome(intake, (performance.now() - startedAt) / 1_000)
  },
})

async function openInput(file: string): Promise<Readable> {
  if (file === '-') return process.stdin
  try {
    await access(file)
  } catch {
    throw new WrongUsage(`${file} cannot be read.`)
  }
  return createReadStream(file, { highWaterMark: CHUNK_BYTES })
}

/** Reads the whole input, not faster than the database takes it, and waits until all is written. */
async function ingest(input: Readable, intake: Intake, requestLog: RequestLog): Promise<void> {
  const progress = setInterval(() => showProgress(intake, requestLog), PROGRESS_MS)
  try {
    for await (const lines of readLines(input)) {
      if (!intake.take(lines)) throw new Error('The disk takes no more records.')
      if (!(await requestLog.room(PATIENCE_MS))) {
        throw new Error('The database takes no more; the service will write what was read so far.')
      }
    }
    await requestLog.drain(PATIENCE_MS)
  } finally {
    clearInterval(progress)
    if (process.stderr.isTTY) process.stderr.write('\r\x1b[K')
  }
}

function showProgress({ lines }: Intake, { counts }: RequestLog): void {
  if (!process.stderr.isTTY) return
  process.stderr.write(`\r\x1b[K${format(lines)} lines read, ${format(counts.written)} written`)
}

function outcome(intake: Intake, seconds: number): Outcome {
  const { accepted, rejected, firstRejected, since, until } = intake
  const linesPerSecond = Math.round(intake.lines / seconds)
  const span = accepted > 0 ? [since, until].map((time) => new Date(time).toISOString()) : []
  const text = [
    `${format(accepted)} lines accepted, ${format(rejected)} rejected.`,
    ...firstRejected.map(({ line, reason, text }) => `  line ${line}: ${reason}: ${text}`),
    ...(span.length > 0 ? [`From ${span.join(' to ')}.`] : []),
    `${seconds.toFixed(1)} s, ${format(linesPerSecond)} lines/s.`,
  ]
  const [from = null, to = null] = span
  return {
    text: text.join('\n'),
    json: { accepted, rejected, firstRejected, from, to, seconds, linesPerSecond },
  }
}

function format(value: number): string {
  return value.toLocaleString('en')
}
