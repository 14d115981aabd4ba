import { loadList } from '../src/blocklist/load'
import { Crawlers } from '../src/detection/crawlers/crawlers'
import { busyHours, HOUR_MS, startOfHour } from '../src/detection/hour/in-database'
import { DetectionJob, type RunSummary } from '../src/detection/job'
import { OwnConnection } from '../src/platform/own-connection'
import { type Finding, tableOf } from './support/findings'
import { runScript, WrongUsage } from './support/script'

void runScript({
  usage: `ts-node scripts/detect-now.ts [--hour TIME | --from TIME [--to TIME]] [--json]

Judges the addresses of an hour of the request log now, as the hourly job does, and prints whom it
flags and why. Without flags: the last full hour.

  --hour TIME  the hour with this time in it: 2026-03-01T10:00Z; the running one too
  --from TIME  all hours with requests from here on (a day is enough: 2026-03-01) …
  --to TIME    … and before this time; without it up to now`,
  args: [0, 0],
  flags: { hour: { type: 'string' }, from: { type: 'string' }, to: { type: 'string' } },
  async run({ flags, config, log, opened, openDatabase }) {
    const span = readSpan(flags)
    const { database, models } = await openDatabase()
    const { knex } = database
    const connection = opened.add(new OwnConnection(database.connection), (own) => own.close())
    const job = opened.add(
      new DetectionJob({
        knex,
        blocklist: (await loadList(connection)).snapshot,
        drain: async () => {}, // what other processes have not written yet, they write soon
        crawlers: new Crawlers(config, log),
        settings: config,
        log,
      }),
      (job) => job.stop(),
    )

    const hours = span.from ? await busyHours(knex, span.from, span.to) : [span.hour]
    const runs: RunSummary[] = []
    const findings: Finding[] = []
    for (const [nth, hour] of hours.entries()) {
      showProgress(nth, hours.length)
      const run = await job.run(hour, { force: true })
      if (!run) throw new Error(`${hour.toISOString()} is being judged by somebody else right now.`)
      runs.push(run)
      const found = await models.SuspiciousIP.query().where('window_start', hour)
      findings.push(
        ...found.map(({ ipAddress: address, windowStart: window, risk, severity, reasons }) => {
          return { address, window, risk, severity, flagged: true as const, reasons }
        }),
      )
    }
    showProgress(0, 0)
    return { text: `${tableOf(findings)}\n\n${summaryOf(runs)}`, json: { runs, findings } }
  },
})

function readSpan({ hour, from, to }: Record<string, unknown>) {
  if (hour !== undefined && (from !== undefined || to !== undefined)) {
    throw new WrongUsage('Either --hour, or --from and --to.')
  }
  if (to !== undefined && from === undefined) throw new WrongUsage('--to needs --from.')
  if (from !== undefined) {
    return { from: readTime(from), to: to === undefined ? new Date() : readTime(to) }
  }
  const time = hour === undefined ? new Date(Date.now() - HOUR_MS) : readTime(hour)
  if (time.getTime() > Date.now()) throw new WrongUsage(`The hour of ${hour} has not begun yet.`)
  return { hour: startOfHour(time) }
}

/** A time as ISO 8601 writes it, in UTC unless it names its zone. */
function readTime(value: unknown): Date {
  const text = String(value)
  const zoned = !text.includes('T') || /(Z|[+-]\d\d:?\d\d)$/i.test(text)
  const time = new Date(zoned ? text : `${text}Z`)
  if (!/^\d{4}-/.test(text) || Number.isNaN(time.getTime())) {
    throw new WrongUsage(`"${text}" is not a time such as 2026-03-01T10:00Z or 2026-03-01.`)
  }
  return time
}

function summaryOf(runs: readonly RunSummary[]): string {
  const sum = (of: (run: RunSummary) => number) => runs.reduce((total, run) => total + of(run), 0)
  const hours = runs.length === 1 ? '1 hour' : `${runs.length} hours`
  const learned = runs.filter((run) => run.learned.state === 'scored').length
  return (
    `${hours} judged, ${sum((run) => run.addresses)} addresses, ${sum((run) => run.flagged)} flagged; ` +
    `${learned} with enough addresses for a learned score.`
  )
}

function showProgress(done: number, all: number): void {
  if (process.stderr.isTTY)
    process.stderr.write(all > 1 ? `\r\x1b[K${done} of ${all} hours` : '\r\x1b[K')
}
