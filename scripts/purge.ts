import { Retention } from '../src/privacy/retention'
import { runScript } from './support/script'

void runScript({
  usage: `ts-node scripts/purge.ts [--json]

Forgets what is due now, as the hourly job does: addresses older than ANONYMIZE_AFTER_HOURS are
truncated; requests and findings older than RETENTION_DAYS are deleted.`,
  args: [0, 0],
  async run({ config, log, openDatabase }) {
    const { database } = await openDatabase()
    const done = await new Retention(database.knex, config, log).run()
    const text = [
      `Addresses truncated in ${done.truncatedRows} requests.`,
      `Days dropped: ${done.droppedDays.join(', ') || 'none'}.`,
      `Findings deleted: ${done.findings}; ended blocks: ${done.expiredBlocks}; ended sessions: ${done.expiredSessions}.`,
    ]
    return { text: text.join('\n'), json: done }
  },
})
