import { anyFormat, trusting } from '../src/access-log/any-format'
import { Intake } from '../src/access-log/intake'
import { readLines } from '../src/access-log/reader'
import { startOfHour } from '../src/detection/hour-in-database'
import { HourInMemory } from '../src/detection/hour-in-memory'
import { type JudgeSettings, judge } from '../src/detection/judge'
import { LearnedThread } from '../src/detection/learned/thread'
import type { Logger } from '../src/platform/logger'
import type { LogEntry } from '../src/request-log/entry'
import { type Finding, tableOf } from './support/findings'
import { openInput } from './support/input'
import { runScript } from './support/script'

void runScript({
  usage: `ts-node scripts/scan-log.ts <access.log|->... [--json]

Reads access logs (combined or common format, plain or gzip; - reads standard input) and prints who
would be flagged in which hour, and why. Needs no service and no database, and changes nothing.`,
  args: [1, 1_000],
  async run({ args: files, config, log }) {
    const hours = new Map<number, HourInMemory>()
    const add = (entries: LogEntry[]) => {
      for (const entry of entries) {
        const start = startOfHour(new Date(entry.timestamp)).getTime()
        const hour = hours.get(start) ?? new HourInMemory(config.sensitivePaths)
        hours.set(start, hour)
        hour.add(entry)
      }
      return true
    }

    const lines = { read: 0, accepted: 0, rejected: 0 }
    for (const file of files) {
      const intake = new Intake(anyFormat(trusting(config.trustedProxies)), add)
      await readFile(file, intake)
      lines.read += intake.lines
      lines.accepted += intake.accepted
      lines.rejected += intake.rejected
    }
    const findings = await judgeHours(hours, config, log)
    const text = `${tableOf(findings)}\n\n${lines.accepted} lines accepted, ${lines.rejected} rejected.`
    return { text, json: { findings, campaigns: [], lines } }
  },
})

/** Judges hour by hour, the oldest first; in the logs the lines may have come in any order. */
async function judgeHours(
  hours: ReadonlyMap<number, HourInMemory>,
  settings: JudgeSettings,
  log: Logger,
): Promise<Finding[]> {
  const findings: Finding[] = []
  const thread = new LearnedThread()
  const sorted = [...hours].sort(([a], [b]) => a - b)
  for (const [nth, [start, hour]] of sorted.entries()) {
    showProgress(`${nth} of ${sorted.length} hours judged`)
    const { judgements } = await judge({ tallies: hour.tallies() }, settings, thread, log)
    for (const { tally, flagged, risk, severity, reasons } of judgements) {
      if (!flagged) continue
      const { address } = tally
      findings.push({ address, window: new Date(start), risk, severity, flagged, reasons })
    }
  }
  await thread.close()
  showProgress('')
  return findings
}

async function readFile(file: string, intake: Intake): Promise<void> {
  for await (const lines of readLines(await openInput(file))) {
    intake.take(lines)
    showProgress(`${file}: ${intake.lines} lines read`)
  }
}

function showProgress(text: string): void {
  if (process.stderr.isTTY) process.stderr.write(`\r\x1b[K${text}`)
}
