import fs from 'node:fs'
import path from 'node:path'
import type { Knex } from 'knex'

/** Any number, the same in all versions: it names the right to migrate among Postgres' locks. */
const MIGRATION_LOCK = 7_266_283

/**
 * The files of migrations/, from the sources as from dist/.
 *
 * They are recorded without extension: what was migrated under ts-node (`.ts`) is known to the
 * compiled service (`.js`), and the other way round.
 */
export const migrationSource: Knex.MigrationSource<string> = {
  async getMigrations() {
    const files = fs.readdirSync(path.join(__dirname, '../../migrations'))
    return files
      .filter((file) => /\.(ts|js)$/.test(file))
      .map((file) => path.parse(file).name)
      .sort()
  },
  getMigrationName: (name) => name,
  async getMigration(name) {
    return require(path.join(__dirname, '../../migrations', name))
  },
}

/**
 * Brings the database to the newest version, all of it or nothing.
 *
 * Of several that start at once one migrates and the others wait, then find nothing to do: on a
 * server by the lock, on the embedded database because a transaction has it for itself. One that
 * is killed leaves neither half a version nor a lock. Throws when the database was migrated by a
 * newer version of this program.
 */
export async function migrate(knex: Knex): Promise<void> {
  await knex.transaction(async (trx) => {
    await trx.raw('select pg_advisory_xact_lock(?)', [MIGRATION_LOCK])
    await trx.migrate.latest({ migrationSource })
  })
}
