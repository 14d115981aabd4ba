import { writeFile } from 'node:fs/promises'
import { trusting } from '../src/access-log/any-format'
import { HOUR_MS } from '../src/detection/hour/in-database'
import { LearnedThread } from '../src/detection/learned/thread'
import { bundledNetworks } from '../src/geo/bundled'
import { AskedPaths, keyOf } from '../src/scan/asked-paths'
import { judgeLogs } from '../src/scan/judge-logs'
import { LogHours } from '../src/scan/log-hours'
import { reportOf } from '../src/scan/report/report'
import { Scan } from '../src/scan/scan'
import { tableOf } from './support/findings'
import { nameOf, type ReadLogs, readLogs } from './support/log-files'
import { progressOn } from './support/progress'
import { runScript, WrongUsage } from './support/script'

const SHOWN_PATHS = 40
const SHOWN_REJECTIONS = 5
const SHOWN_BLOCKS = 20

void runScript({
  usage: `ts-node scripts/scan-log.ts <access.log|->... [--baseline <older.log>]... [--html report.html] [--json [--all]]

Reads logs and prints who would be flagged in which hour, why, and what would be blocked. Any of the
formats of docs/operations.md#log-formats, also mixed; plain or gzip; - reads standard input. Needs
no service and no database, and changes nothing. Settings are those of the service:
MAX_REQUESTS_PER_HOUR, SENSITIVE_PATHS, DETECTORS, TRUSTED_PROXIES.

  --baseline FILE  an older log of the same site, of which it learns what is usual; several times
                   for several. Without one it learns from the logs themselves
  --html FILE      writes a report with tables and plots, one file that needs nothing else
  --json           one document for programs
  --all            with --json: every address and hour with its risk, flagged or not`,
  args: [1, 10_000],
  flags: {
    baseline: { type: 'string', multiple: true },
    html: { type: 'string' },
    all: { type: 'boolean' },
  },
  async run({ args: files, flags, config, log, json, opened }) {
    const older = (flags.baseline ?? []) as string[]
    const report = flags.html as string | undefined
    if (flags.all && !json) throw new WrongUsage('--all needs --json.')
    if ([...files, ...older].filter((file) => file === '-').length > 1) {
      throw new WrongUsage('Standard input can be read only once.')
    }
    if (report !== undefined) await writeFile(report, '').catch(cannotWrite)

    const startedAt = performance.now()
    const learned = opened.add(new LearnedThread(), (thread) => thread.close())
    // It takes a second to load what the hours are judged with, in which a log can be read.
    if (config.detectors.length > 0) learned.prepare()
    const isTrusted = trusting(config.trustedProxies)
    const progress = opened.add(progressOn(process.stderr), (progress) => progress.end())
    const [usual, hours] = [
      new LogHours(config.sensitivePaths),
      new LogHours(config.sensitivePaths),
    ]
    await readLogs(older, isTrusted, (entries) => usual.add(entries), progress)
    const read = await readLogs(files, isTrusted, (entries) => hours.add(entries), progress)

    const scan = new Scan(flags.all === true)
    const judged = judgeLogs(hours.take(), usual.take(), {
      settings: config,
      learned,
      networks: bundledNetworks(),
      log,
      progress: (done, all) => progress.tell(`${done} of ${all} hours judged`),
    })
    for await (const hour of judged) scan.add(hour)
    const seconds = (performance.now() - startedAt) / 1_000

    if (report !== undefined) {
      const paths = files.includes('-') ? undefined : new AskedPaths(flaggedHours(scan))
      if (paths) await readLogs(files, isTrusted, (entries) => paths.add(entries), progress)
      const data = {
        files: files.map(nameOf),
        baseline: older.map(nameOf),
        ...read,
        ...scan.result(),
        paths: paths?.top(SHOWN_PATHS),
      }
      await writeFile(report, reportOf(data))
    }
    progress.end()
    return {
      text: textOf(scan, read, seconds, report),
      json: { ...scan.document(), lines: read.lines },
    }
  },
})

/** Said before an hour of work and not behind it. */
function cannotWrite(error: Error): never {
  throw new WrongUsage(`The report cannot be written: ${error.message}`)
}

function flaggedHours(scan: Scan): Set<string> {
  return new Set(
    scan.result().findings.map(({ address, window }) => keyOf(address, window.getTime())),
  )
}

function textOf(
  scan: Scan,
  { lines, rejections }: ReadLogs,
  seconds: number,
  report?: string,
): string {
  const { findings, campaigns, blocks, hours } = scan.result()
  const [first, last] = [hours[0]?.hour, hours[hours.length - 1]?.hour]
  return [
    tableOf(findings),
    ...campaigns.flatMap(({ title, networks }) => [
      '',
      `Campaign: ${title}`,
      `  ${networks.join(' ')}`,
    ]),
    '',
    blockedNote(blocks),
    `${format(lines.accepted)} lines accepted, ${format(lines.rejected)} rejected.`,
    ...rejections.slice(0, SHOWN_REJECTIONS).map(({ file, line, reason, text }) => {
      return `  ${file}, line ${line}: ${reason}: ${text}`
    }),
    ...(first && last
      ? [
          `${hours.length === 1 ? '1 hour' : `${hours.length} hours`} with requests, ${spanOf(first, last)}.`,
        ]
      : []),
    `${seconds.toFixed(1)} s, ${format(Math.round(lines.read / seconds))} lines/s.`,
    ...(report === undefined ? [] : [`The report is in ${report}.`]),
  ].join('\n')
}

function blockedNote(blocks: readonly string[]): string {
  if (blocks.length === 0) return 'Nobody would be blocked.'
  const shown = blocks.slice(0, SHOWN_BLOCKS).join(' ')
  const rest = blocks.length > SHOWN_BLOCKS ? ` … and ${blocks.length - SHOWN_BLOCKS} more` : ''
  return `With AUTOBLOCK=rules would be blocked: ${shown}${rest}`
}

function spanOf(first: Date, last: Date): string {
  return `${first.toISOString()} to ${new Date(last.getTime() + HOUR_MS).toISOString()}`
}

function format(value: number): string {
  return value.toLocaleString('en')
}
