import path from 'node:path'
import type { Knex } from 'knex'
import { openDatabase } from './src/platform/database'
import { createLogger } from './src/platform/logger'
import { migrationSource } from './src/platform/migrations'

/** For `npx knex`: the database that the service would open with these settings. */
export default async function knexConfig(): Promise<Knex.Config> {
  const { connection } = await openDatabase({
    databaseUrl: process.env.DATABASE_URL,
    dataDir: process.env.DATA_DIR ?? path.join(__dirname, 'data'),
    role: 'script',
    log: createLogger('warn', process.stderr),
  })
  return { client: 'pg', connection: { ...connection }, migrations: { migrationSource } }
}
