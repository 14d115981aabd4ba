import { guardsOf } from '../src/blocklist/guards'
import { importBlocks, ListRefused } from '../src/blocklist/import'
import { type List, readList } from '../src/blocklist/list/list'
import { leftOutLines, reportOf, reportText } from '../src/blocklist/list/report'
import { textOf } from '../src/blocklist/list/text'
import { visible } from '../src/net/visible'
import { openInput } from './support/input'
import { progressOn } from './support/progress'
import { runScript, WrongUsage } from './support/script'
import { sshClient } from './support/ssh'

void runScript({
  usage: `ts-node scripts/import-blocklist.ts <file|-> --source NAME [--dry-run] [--force] [--json]

Blocks what a published list names, plain or gzip: one address, network or range per line with
remarks behind it, CSV with a header, Spamhaus' DROP in JSON, CrowdSec's decisions in CSV or JSON.
The blocks of a former import with the same NAME that are no longer listed end, in one transaction.
Blocks of persons, of the detection and of other lists stay as they are. "-" reads standard input.

Lines that cannot be used are named and left out. Nothing is changed when the list is empty or cut
off, when no line of it can be used, or when it has lost nine in ten of its networks.

  --source NAME  the list's name
  --dry-run      only tells what would change
  --force        also takes such a list, and networks that hold the loopback, a trusted proxy, a
                 private network of this machine or a large part of the Internet`,
  args: [1, 1],
  flags: {
    source: { type: 'string' },
    'dry-run': { type: 'boolean' },
    force: { type: 'boolean' },
  },
  async run({ args: [file = ''], flags, config, openDatabase }) {
    const source = visible(String(flags.source ?? '').trim())
    if (source === '' || source.length > 100) {
      throw new WrongUsage('The list needs a name of 1 to 100 characters: --source NAME.')
    }
    const force = flags.force === true
    const dryRun = flags['dry-run'] === true
    const from = sshClient()

    const guards = guardsOf({ trustedProxies: config.trustedProxies, from })
    const input = await openInput(file)
    const progress = progressOn(process.stderr)
    const onProgress = (lines: number) => progress.tell(`${lines.toLocaleString('en')} lines read`)
    const list = await readList(textOf(input), { guards, force, onProgress })
    progress.tell(`${list.entries.toLocaleString('en')} networks, writing …`)

    const { database, models } = await openDatabase()
    const options = { source, by: 'command line', from, dryRun, force }
    try {
      const difference = await importBlocks(database.knex, models, list, options)
      progress.end()
      const report = reportOf(list, difference, options)
      return { text: reportText(report), json: report }
    } catch (error) {
      progress.end()
      throw explain(error, list)
    }
  },
})

/** A list that is refused has lines that tell why, mostly. */
function explain(error: unknown, list: List): unknown {
  if (!(error instanceof ListRefused)) return error
  return new Error([error.message, ...leftOutLines(list)].join('\n'))
}
