import type { Readable } from 'node:stream'
import { anyFormat, trusting } from '../src/access-log/any-format'
import { Intake } from '../src/access-log/intake'
import { readLines } from '../src/access-log/reader'
import { RequestLog } from '../src/request-log/request-log'
import { openInput } from './support/input'
import { type Outcome, runScript } from './support/script'

const PROGRESS_MS = 200
/** How long the database may take nothing before the script gives up; what was read stays in the spool. */
const PATIENCE_MS = 60_000
const DAY_MS = 86_400_000

void runScript({
  usage: `ts-node scripts/ingest-log.ts <access.log|-> [--json]

Loads an access log (any format of docs/operations.md#log-formats, plain or gzip; - reads standard
input) into the request log, with its own timestamps. A bad line is counted and never stops the rest. Requests older
than RETENTION_DAYS are kept for 24 hours, so that they can be judged, and then forgotten.`,
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
    const keptSince = Date.now() - config.retentionDays * DAY_MS
    let old = 0
    const intake = new Intake(anyFormat(trusting(config.trustedProxies)), (entries) => {
      for (const { timestamp } of entries) if (timestamp < keptSince) old++
      return requestLog.recordAll(entries)
    })
    await ingest(input, intake, requestLog)
    const seconds = (performance.now() - startedAt) / 1_000
    return outcome(intake, seconds, { requests: old, days: config.retentionDays })
  },
})

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

/** `old`: how many requests are past the retention, and how many days that is. */
function outcome(
  intake: Intake,
  seconds: number,
  old: { requests: number; days: number },
): Outcome {
  const { accepted, rejected, firstRejected, since, until } = intake
  const linesPerSecond = Math.round(intake.lines / seconds)
  const span = accepted > 0 ? [since, until].map((time) => new Date(time).toISOString()) : []
  const text = [
    `${format(accepted)} lines accepted, ${format(rejected)} rejected.`,
    ...firstRejected.map(({ line, reason, text }) => `  line ${line}: ${reason}: ${text}`),
    ...(span.length > 0 ? [`From ${span.join(' to ')}.`] : []),
    ...(old.requests > 0 ? [retentionNote(old)] : []),
    `${seconds.toFixed(1)} s, ${format(linesPerSecond)} lines/s.`,
  ]
  const [from = null, to = null] = span
  return {
    text: text.join('\n'),
    json: {
      accepted,
      rejected,
      firstRejected,
      from,
      to,
      olderThanRetention: old.requests,
      seconds,
      linesPerSecond,
    },
  }
}

function retentionNote({ requests, days }: { requests: number; days: number }): string {
  return `${format(requests)} are older than RETENTION_DAYS (${days}): they are kept for 24 hours, to be judged with detect-now.ts, and then forgotten.`
}

function format(value: number): string {
  return value.toLocaleString('en')
}
