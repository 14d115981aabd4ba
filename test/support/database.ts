import { randomBytes } from 'node:crypto'
import fs from 'node:fs'
import os from 'node:os'
import path from 'node:path'
import type { Knex } from 'knex'
import { after } from 'mocha'
import { Client } from 'pg'
import { type Database, type DatabaseConnection, openDatabase } from '../../src/platform/database'
import { createLogger } from '../../src/platform/logger'
import { migrate } from '../../src/platform/migrations'

/** What Postgres says to the one of two that it picks. */
const DEADLOCK = '40P01'

export interface TestDatabase {
  /** To be given as DATABASE_URL to services and scripts in processes of their own. */
  url: string
  connection: DatabaseConnection
  knex: Knex
  /** Empties every table, and drops the partitions, as after the migrations. */
  clean(): Promise<void>
}

let opened: Promise<{ test: TestDatabase; close(): Promise<void> }> | undefined

/**
 * A migrated database for tests: one for all test files, opened when first asked for and gone
 * after the last test. With TEST_DATABASE_URL a new one on that server, else an embedded one.
 */
export async function testDatabase(): Promise<TestDatabase> {
  opened ??= open()
  return (await opened).test
}

after(async () => {
  await (await opened)?.close()
})

async function open() {
  const server = process.env.TEST_DATABASE_URL
  const { database, remove } = server ? await openOnServer(server) : await openInFolder()
  const { knex, connection } = database
  await migrate(knex)
  const test = { url: connection.connectionString, connection, knex, clean: () => clean(knex) }
  return {
    test,
    async close() {
      await database.close()
      await remove()
    },
  }
}

async function openInFolder() {
  const dataDir = fs.mkdtempSync(path.join(os.tmpdir(), 'portcullis-test-'))
  // What tests write need not outlive a power cut.
  const database = await openDatabase({ dataDir, role: 'service', fsync: false, log: testLog() })
  return { database, remove: async () => fs.rmSync(dataDir, { recursive: true }) }
}

async function openOnServer(server: string) {
  const name = `portcullis_test_${randomBytes(6).toString('hex')}`
  await onServer(server, `create database ${name}`)
  const url = new URL(server)
  url.pathname = name
  const database: Database = await openDatabase({
    databaseUrl: url.href,
    dataDir: os.tmpdir(),
    role: 'service',
    log: testLog(),
  })
  return { database, remove: () => onServer(server, `drop database ${name} with (force)`) }
}

async function onServer(connectionString: string, sql: string): Promise<void> {
  const client = new Client({ connectionString, connectionTimeoutMillis: 5_000 })
  await client.connect()
  await client.query(sql)
  await client.end()
}

/** Jobs of a service that runs on take tables in an order of their own: then one of both begins again. */
async function clean(knex: Knex): Promise<void> {
  for (let attempt = 1; ; attempt++) {
    try {
      return await empty(knex)
    } catch (error) {
      if ((error as { code?: string }).code !== DEADLOCK || attempt === 5) throw error
    }
  }
}

async function empty(knex: Knex): Promise<void> {
  const { rows } = await knex.raw<{ rows: { name: string; isPartition: boolean }[] }>(`
    select relname as name, relispartition as "isPartition"
      from pg_class
     where relnamespace = 'public'::regnamespace and relkind in ('r', 'p')
       and relname not like 'knex\\_%'`)
  const names = (isPartition: boolean) =>
    rows.filter((row) => row.isPartition === isPartition).map((row) => `"${row.name}"`)

  const partitions = names(true)
  if (partitions.length > 0) await knex.raw(`drop table ${partitions.join(', ')}`)
  await knex.raw(`truncate ${names(false).join(', ')} restart identity cascade`)
}

function testLog() {
  return createLogger('warn', process.stderr)
}
