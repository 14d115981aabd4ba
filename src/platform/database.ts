import knexFactory, { type Knex } from 'knex'
import { types } from 'pg'
import { openEmbedded } from './embedded/embedded'
import type { Role } from './embedded/lock'
import type { Logger } from './logger'

const CONNECT_TIMEOUT_MS = 5_000
const QUERY_TIMEOUT_MS = 60_000
const ACQUIRE_TIMEOUT_MS = 15_000

/** Connections of one process; each service and script opens further ones for its threads. */
const POOL_SIZE = { service: 10, script: 4 }

export interface DatabaseOptions {
  /** A Postgres server; without one the embedded database in `dataDir` is opened. */
  databaseUrl?: string
  dataDir: string
  role: Role
  /** Embedded only: whether a commit waits for the disk. Yes, unless a test cannot wait. */
  fsync?: boolean
  log: Logger
  /** Embedded only: called when the database is gone for good. Unless given, the process ends. */
  onLost?(error: Error): void
}

export interface Database {
  knex: Knex
  connection: DatabaseConnection
  /** Closes all connections of `knex`, and the embedded database if it lives in this process. */
  close(): Promise<void>
}

/** How to connect: plain data, which can be given to another thread; also what `pg.Client` takes. */
export interface DatabaseConnection {
  connectionString: string
  application_name: string
  connectionTimeoutMillis: number
  query_timeout: number
}

/**
 * Opens the database, embedded or not: what follows is the same for both.
 *
 * Throws when it cannot be used, with a sentence that says where it was looked for, and why not.
 */
export async function openDatabase(options: DatabaseOptions): Promise<Database> {
  const { databaseUrl, role, log } = options
  const onLost = options.onLost ?? endProcess(log)
  const embedded = databaseUrl
    ? undefined
    : await openEmbedded({ ...options, fsync: options.fsync ?? true, onLost })
  const connection = {
    connectionString: embedded?.url ?? databaseUrl!,
    application_name: `portcullis ${role}`,
    connectionTimeoutMillis: CONNECT_TIMEOUT_MS,
    query_timeout: QUERY_TIMEOUT_MS,
  }
  const knex = connect(connection, { max: POOL_SIZE[role] })
  const close = async () => {
    await knex.destroy()
    await embedded?.close()
  }
  try {
    await knex.raw('select 1')
  } catch (error) {
    await close()
    const { message, code } = error as NodeJS.ErrnoException
    const place = withoutSecrets(connection.connectionString)
    throw new Error(`cannot use the database at ${place}: ${message || code}`, { cause: error })
  }
  return { knex, connection, close }
}

/**
 * A pool of connections, which are opened when needed. Every query ends: it fails when no
 * connection can be had or when the server does not answer in time.
 */
export function connect(connection: DatabaseConnection, { max }: { max: number }): Knex {
  return knexFactory({
    client: 'pg',
    connection: { ...connection, types: { getTypeParser } },
    acquireConnectionTimeout: ACQUIRE_TIMEOUT_MS,
    // Whoever asked gets the error; knex would print it, too, into the output of scripts.
    log: { warn() {}, error() {} },
    pool: {
      min: 0,
      max,
      // Days and hours in SQL are UTC's, wherever the server is.
      afterCreate(client: PoolClient, done: (error: unknown) => void) {
        client.query("set timezone = 'UTC'", done)
      },
    },
  })
}

interface PoolClient {
  query(sql: string, done: (error: unknown) => void): void
}

/**
 * Columns as the values we use: counts and sums as numbers (none of ours comes near 2^53), a day as
 * its text, because a `Date` would be a moment in this machine's time zone.
 */
function getTypeParser(oid: number, format?: string) {
  if (oid === types.builtins.INT8 || oid === types.builtins.NUMERIC) return Number
  if (oid === types.builtins.DATE) return String
  return types.getTypeParser(oid, format === 'binary' ? 'binary' : 'text')
}

function endProcess(log: Logger) {
  return (error: Error): void => {
    log.fatal({ error }, 'the database is gone; nothing can go on without it')
    throw error
  }
}

/** A connection URL as it may be shown: without password and options. */
function withoutSecrets(url: string): string {
  const { protocol, host, pathname } = new URL(url)
  return `${protocol}//${host}${pathname}`
}
