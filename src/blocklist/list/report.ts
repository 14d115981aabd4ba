import type { Difference } from '../import'
import type { LeftOut, List } from './list'

/** What an import did, for programs: the same from the script and from the route. */
export function reportOf(
  list: List,
  difference: Difference,
  { source, dryRun }: { source: string; dryRun: boolean },
) {
  const { rejected, skipped, forced } = list
  return { source, dryRun, ...difference, rejected, skipped, forced }
}

/** The same for people. */
export function reportText(report: ReturnType<typeof reportOf>): string {
  const { added, removed, kept, blockedByOthers, firstAdded, firstRemoved, refusal } = report
  const lines = [`${added} added, ${removed} removed, ${kept} kept.`]
  if (blockedByOthers > 0) lines.push(`${blockedByOthers} of them are blocked by others as well.`)
  if (report.dryRun) {
    lines.unshift('Nothing has been changed; this is what would be:')
    lines.push(...firstAdded.map((network) => `+ ${network}`), ...more(added, firstAdded))
    lines.push(...firstRemoved.map((network) => `- ${network}`), ...more(removed, firstRemoved))
    if (refusal) lines.push(`It would be refused without --force: ${refusal}`)
  }
  return [...lines, ...leftOutLines(report)].join('\n')
}

/** One line for each entry that was left out and is named, under a line that counts them. */
export function leftOutLines(list: Pick<List, 'rejected' | 'skipped' | 'forced'>): string[] {
  return [
    ...named(list.rejected, 'rejected'),
    ...named(list.skipped, 'passed over'),
    ...named(list.forced, 'taken by force'),
  ]
}

function named({ lines, first }: LeftOut, what: string): string[] {
  if (lines === 0) return []
  return [
    `${lines} ${lines === 1 ? 'entry' : 'entries'} ${what}:`,
    ...first.map(({ line, reason }) => `  line ${line}: ${reason}`),
    ...more(lines, first),
  ]
}

function more(all: number, shown: readonly unknown[]): string[] {
  return all > shown.length ? [`  … and ${all - shown.length} more`] : []
}
