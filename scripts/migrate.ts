import { runScript } from './support/script'

void runScript({
  usage: `ts-node scripts/migrate.ts [--json]

Brings the database (DATABASE_URL, or the embedded one in DATA_DIR) to the newest version, as every
start of the service does.`,
  args: [0, 0],
  async run({ openDatabase }) {
    const { database } = await openDatabase()
    const { rows } = await database.knex.raw<{ rows: { name: string }[] }>(
      'select name from knex_migrations order by id desc limit 1',
    )
    const version = rows[0]!.name
    return { text: `The database is at ${version}.`, json: { version } }
  },
})
