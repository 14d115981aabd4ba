import { randomBytes } from 'node:crypto'
import { mkdtemp, rm } from 'node:fs/promises'
import os from 'node:os'
import path from 'node:path'
import { connect, type Database, openDatabase } from '../src/platform/database'
import { createLogger } from '../src/platform/logger'
import { migrate } from '../src/platform/migrations'

const log = createLogger('warn', process.stderr)

/**
 * An empty, migrated database for one bench: a new one on the server of `BENCH_DATABASE_URL` or
 * `TEST_DATABASE_URL`, or an embedded one, with fsync. It is gone when `work` is done.
 */
export async function withDatabase(work: (database: Database) => Promise<void>): Promise<void> {
  const folder = await mkdtemp(path.join(os.tmpdir(), 'portcullis-bench-'))
  const server = process.env.BENCH_DATABASE_URL || process.env.TEST_DATABASE_URL
  const name = `portcullis_bench_${randomBytes(4).toString('hex')}`
  if (server) await onServer(server, `create database ${name}`)
  const databaseUrl = server && Object.assign(new URL(server), { pathname: name }).href
  const database = await openDatabase({ databaseUrl, dataDir: folder, role: 'service', log })
  try {
    await migrate(database.knex)
    await work(database)
  } finally {
    await database.close()
    if (server) await onServer(server, `drop database ${name} with (force)`)
    await rm(folder, { recursive: true, force: true })
  }
}

async function onServer(connectionString: string, sql: string): Promise<void> {
  const knex = connect(
    {
      connectionString,
      application_name: 'portcullis bench',
      connectionTimeoutMillis: 5_000,
      query_timeout: 60_000,
    },
    { max: 1 },
  )
  await knex.raw(sql)
  await knex.destroy()
}
