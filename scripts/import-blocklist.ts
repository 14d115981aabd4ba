import { createInterface } from 'node:readline'
import { type Difference, importBlocks, type List, readList } from '../src/blocklist/import'
import { visible } from '../src/net/visible'
import { openInput } from './support/input'
import { runScript, WrongUsage } from './support/script'

void runScript({
  usage: `ts-node scripts/import-blocklist.ts <file|-> --source NAME [--dry-run] [--force] [--json]

Blocks what a published list names: addresses, networks and ranges, one per line, or Spamhaus' DROP
in JSON. The blocks of a former import with the same NAME that are no longer listed end. Blocks of
persons, of the detection and of other lists stay as they are. "-" reads standard input.

  --source NAME  the list's name
  --dry-run      only tells what would change
  --force        also takes networks that hold the loopback, a trusted proxy or a large part of
                 the Internet, and a list without entries`,
  args: [1, 1],
  flags: {
    source: { type: 'string' },
    'dry-run': { type: 'boolean' },
    force: { type: 'boolean' },
  },
  async run({ args: [file = ''], flags, config, openDatabase }) {
    const source = visible(String(flags.source ?? '').trim())
    if (source === '') throw new WrongUsage('The list needs a name: --source NAME.')
    const force = flags.force === true
    const dryRun = flags['dry-run'] === true

    const input = await openInput(file)
    const lines = createInterface({ input, crlfDelay: Number.POSITIVE_INFINITY })
    const list = await readList(lines, { trustedProxies: config.trustedProxies, force })
    if (list.networks.length === 0 && !force) {
      throw new Error(`Nothing in the list can be used. ${describeRejected(list)}`.trim())
    }

    const { database, models } = await openDatabase()
    const options = { source, by: 'command line', dryRun }
    const difference = await importBlocks(database.knex, models, list.networks, options)
    return {
      text: describe(list, difference, dryRun),
      json: { source, dryRun, ...difference, rejected: list.rejected },
    }
  },
})

function describe(list: List, difference: Difference, dryRun: boolean): string {
  const { added, removed, kept, firstAdded, firstRemoved } = difference
  const lines = [`${added} added, ${removed} removed, ${kept} kept.`, describeRejected(list)]
  if (dryRun) {
    lines.unshift('Nothing has been changed; this is what would be:')
    lines.push(...firstAdded.map((network) => `+ ${network}`), ...more(added, firstAdded))
    lines.push(...firstRemoved.map((network) => `- ${network}`), ...more(removed, firstRemoved))
  }
  return lines.filter(Boolean).join('\n')
}

function describeRejected({ rejected: { lines, first } }: List): string {
  if (lines === 0) return ''
  const named = first.map(({ line, reason }) => `  line ${line}: ${reason}`)
  return [
    `${lines} ${lines === 1 ? 'line' : 'lines'} rejected:`,
    ...named,
    ...more(lines, first),
  ].join('\n')
}

function more(all: number, shown: readonly unknown[]): string[] {
  return all > shown.length ? [`  … and ${all - shown.length} more`] : []
}
