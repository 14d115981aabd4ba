import {
  backtest,
  type Trial,
  type TrialFlags,
  type TrialResult,
} from '../src/detection/backtest/backtest'
import { Crawlers } from '../src/detection/crawlers/crawlers'
import type { Severity } from '../src/detection/fusion'
import { LearnedThread } from '../src/detection/learned/thread'
import { requestPath } from '../src/net/request-path'
import { progressOn } from './support/progress'
import { runScript, WrongUsage } from './support/script'

const SEVERITIES: readonly Severity[] = ['info', 'low', 'medium', 'high']
/** Flags of each kind shown to people; programs get a hundred. */
const SHOWN = 10

void runScript({
  usage: `ts-node scripts/backtest.ts [--days N] [--max-requests-per-hour N] [--sensitive-paths LIST]
                            [--severity LEVEL] [--threshold RISK] [--json]

Judges the hours of the last days again, with other settings and with what people have taught since,
and prints what would change: new flags, lost flags, and what people said of them. Changes nothing.

  --days N                    how far back; 7 unless given, 30 at most
  --max-requests-per-hour N   in place of MAX_REQUESTS_PER_HOUR
  --sensitive-paths LIST      in place of SENSITIVE_PATHS: /admin,/login
  --severity LEVEL            flag nobody below low, medium or high
  --threshold RISK            flag nobody below this risk, 0 to 1`,
  args: [0, 0],
  flags: {
    days: { type: 'string' },
    'max-requests-per-hour': { type: 'string' },
    'sensitive-paths': { type: 'string' },
    severity: { type: 'string' },
    threshold: { type: 'string' },
  },
  async run({ flags, config, log, opened, openDatabase }) {
    const trial = readTrial(flags)
    const { database } = await openDatabase()
    const learned = opened.add(new LearnedThread(), (thread) => thread.close())
    const shown = progressOn(process.stderr)
    const progress = (done: number, all: number) => shown.tell(`${done} of ${all} hours`)
    const crawlers = new Crawlers(config, log)
    const parts = { knex: database.knex, settings: config, learned, crawlers, log, progress }
    const result = await backtest(parts, trial)
    shown.end()
    return { text: textOf(result), json: { trial, ...result } }
  },
})

function readTrial(flags: Record<string, unknown>): Trial {
  const severity = SEVERITIES.find((level) => level === flags.severity)
  if (flags.severity !== undefined && !severity) {
    throw new WrongUsage(`--severity takes one of ${SEVERITIES.join(', ')}.`)
  }
  const paths = flags['sensitive-paths']
  return {
    days: readNumber(flags, 'days', 1, 30) ?? 7,
    maxRequestsPerHour: readNumber(flags, 'max-requests-per-hour', 1, 1_000_000_000),
    sensitivePaths: paths === undefined ? undefined : readPaths(String(paths)),
    severity,
    threshold: readNumber(flags, 'threshold', 0, 1, true),
  }
}

function readNumber(
  flags: Record<string, unknown>,
  name: string,
  least: number,
  most: number,
  fraction = false,
): number | undefined {
  const text = flags[name]
  if (text === undefined) return undefined
  const value = Number(text)
  const isFine = text !== '' && value >= least && value <= most
  if (isFine && (fraction || Number.isInteger(value))) return value
  throw new WrongUsage(
    `--${name} takes a ${fraction ? '' : 'whole '}number from ${least} to ${most}.`,
  )
}

function readPaths(text: string): string[] {
  const paths = text
    .split(',')
    .map((path) => path.trim())
    .filter(Boolean)
  const wrong = paths.find((path) => !path.startsWith('/') || requestPath(path) === '/')
  if (wrong === undefined) return paths
  throw new WrongUsage(`--sensitive-paths takes paths such as /admin,/login; not "${wrong}".`)
}

function textOf({ hours, addresses, flagged, added, lost, truncatedHours }: TrialResult): string {
  const head = `${hours} hours, ${addresses} addresses; flagged ${flagged.before} so far, ${flagged.after} then.`
  const cut = `In ${truncatedHours} of them some addresses are stored as networks by now.`
  return [
    head,
    ...(truncatedHours > 0 ? [cut] : []),
    '',
    sectionOf('new', added),
    '',
    sectionOf('lost', lost),
  ].join('\n')
}

function sectionOf(name: string, { total, dismissed, confirmed, items }: TrialFlags): string {
  const head = `${total} ${name}, of which ${dismissed} were dismissed or allowed and ${confirmed} blocked`
  const rows = items.slice(0, SHOWN).map(({ address, window, risk, severity, reason, status }) => {
    const hour = `${window.toISOString().slice(0, 13)}h`
    return `  ${hour}  ${address}  ${risk.toFixed(2)}  ${severity}  ${status ?? ''}  ${reason}`
  })
  const more = total > rows.length ? [`  … and ${total - rows.length} more`] : []
  return [total === 0 ? `${head}.` : `${head}:`, ...rows, ...more].join('\n')
}
