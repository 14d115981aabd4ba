import { createReadStream } from 'node:fs'
import { readdir, readFile } from 'node:fs/promises'
import path from 'node:path'
import { anyFormat } from '../../src/access-log/any-format'
import { Intake } from '../../src/access-log/intake'
import { readLines } from '../../src/access-log/reader'
import type { LogEntry } from '../../src/request-log/entry'

/** What an address is known to be: an attacker, or somebody who must not be taken for one. */
export interface Label {
  attacker: boolean
  /** What kind of attacker or visitor: `hydra`, `office_nat`, `good_bot`. */
  kind: string
}

/** A log whose addresses are labelled; those without a label are left out of the figures. */
export interface Labelled {
  name: string
  entries: LogEntry[]
  labels: ReadonlyMap<string, Label>
}

/** One labelled hour with quiet hours of the same site, to learn from. */
export interface Window extends Labelled {
  site: string
  baseline: LogEntry[][]
}

/** The entries of a log in any format, plain or gzip. */
export async function readLog(file: string): Promise<LogEntry[]> {
  const entries: LogEntry[] = []
  const intake = new Intake(anyFormat(), (some) => entries.push(...some) >= 0)
  for await (const lines of readLines(createReadStream(file))) intake.take(lines)
  return entries
}

/**
 * The labelled hours of a folder: `<site>_<number>.log.gz` beside `<site>_<number>.labels.csv`
 * (`ip,label,class,requests`); numbers from 100 on are for the baseline of their site.
 */
export async function readWindows(folder: string): Promise<Window[]> {
  const names = (await readdir(folder)).filter((name) => name.endsWith('.log.gz')).sort()
  const logs = await Promise.all(
    names.map(async (file) => {
      const name = file.replace('.log.gz', '')
      const [site, number] = name.split('_') as [string, string]
      const entries = await readLog(path.join(folder, file))
      return { name, site, number: Number(number), entries }
    }),
  )
  const judged = logs.filter(({ number }) => number < 100)
  return Promise.all(
    judged.map(async ({ name, site, entries }) => ({
      name,
      site,
      entries,
      labels: await readLabels(path.join(folder, `${name}.labels.csv`)),
      baseline: logs
        .filter((other) => other.site === site && other.number >= 100)
        .map((other) => other.entries),
    })),
  )
}

async function readLabels(file: string): Promise<Map<string, Label>> {
  const [, ...lines] = (await readFile(file, 'utf8')).trim().split('\n')
  return new Map(
    lines.flatMap((line): [string, Label][] => {
      const [address, label, kind] = line.trim().split(',') as [string, string, string]
      return label === 'unknown' ? [] : [[address, { attacker: label === 'attack', kind }]]
    }),
  )
}
