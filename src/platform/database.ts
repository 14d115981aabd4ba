import knexFactory, { type Knex } from 'knex'
import { type Client, types } from 'pg'
import { openEmbedded } from './embedded/embedded'
import type { Role } from './embedded/lock'
import { hangUp, type Lifeline } from './lifeline'
import type { Logger } from './logger'
import { Unavailable } from './unavailable'

const CONNECT_TIMEOUT_MS = 5_000
const QUERY_TIMEOUT_MS = 60_000
const ACQUIRE_TIMEOUT_MS = 15_000

/** What is waited for by somebody who asked: `connectWhileUp`. */
const PROMPT = {
  queryMs: 10_000,
  acquireMs: 1_000,
}

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
  /** A script's, embedded only: called when the database is gone for good. Unless given, the process ends. */
  onLost?(error: Error): void
}

export interface Database {
  /** For work that may take its time: scripts, jobs, migrations. */
  knex: Knex
  connection: DatabaseConnection
  /** Whether it lives in this process, or in another one on this machine that was joined. */
  isEmbedded: boolean
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
 * A script learns at once when it cannot be used: this throws, with a sentence that says where it
 * was looked for, and why not. A service is not kept from starting by a server that does not answer,
 * nor by an embedded database whose disk is full.
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
  if (role === 'script') {
    try {
      await knex.raw('select 1')
    } catch (error) {
      await close()
      throw cannotUse(connection, error)
    }
  }
  return { knex, connection, isEmbedded: embedded !== undefined, close }
}

/** The error for people: where the database was looked for, without secrets, and why it is of no use. */
export function cannotUse({ connectionString }: DatabaseConnection, cause: unknown): Error {
  const { message, code } = cause as NodeJS.ErrnoException
  const { protocol, host, pathname } = new URL(connectionString)
  const place = `${protocol}//${host}${pathname}`
  return new Error(`cannot use the database at ${place}: ${message || code}`, { cause })
}

interface PoolOptions {
  /** Most connections at once. */
  max: number
  /** Longest wait for a free one. */
  acquireMs?: number
  /** By which it is known that the database is away. */
  lifeline?: Pick<Lifeline, 'up' | 'onDown'>
}

/**
 * A pool for whoever is waited for: requests, and what requests are judged by. While the database
 * is away its queries fail at once with `Unavailable`; those under way fail when it goes; and after
 * it came back no connection is left that could be dead.
 */
export function connectWhileUp(
  connection: DatabaseConnection,
  lifeline: Pick<Lifeline, 'up' | 'onDown'>,
): Knex {
  const { queryMs, acquireMs } = PROMPT
  const prompt = { ...connection, query_timeout: queryMs }
  return connect(prompt, { max: POOL_SIZE.service, acquireMs, lifeline })
}

/**
 * A pool of connections, which are opened when needed. Every query ends: it fails when no
 * connection can be had or when the server does not answer in time.
 */
export function connect(connection: DatabaseConnection, options: PoolOptions): Knex {
  const { max, acquireMs = ACQUIRE_TIMEOUT_MS, lifeline } = options
  const settings = { ...connection, types: { getTypeParser } }
  const open = new Map<string, PoolClient>()

  const knex = knexFactory({
    client: 'pg',
    connection: lifeline ? onlyWhileUp(settings, lifeline) : settings,
    acquireConnectionTimeout: acquireMs,
    // Whoever asked gets the error; knex would print it, too, into the output of scripts.
    log: { warn() {}, error() {} },
    // Nor is what was asked with repeated in the errors: their texts end up in logs.
    compileSqlOnError: false,
    pool: {
      min: 0,
      max,
      afterCreate(client: PoolClient, done: (error: unknown) => void) {
        open.set(client.__knexUid, client)
        client.once('end', () => open.delete(client.__knexUid))
        client.query(SETUP, (error) => {
          if (error) hangUp(client)
          done(error)
        })
      },
    },
  })

  // pg leaves a query whose time is over on its connection, where the next one would wait behind it.
  knex.on('query-error', (error: Error, { __knexUid }: PoolClient) => {
    if (error.message.includes('Query read timeout')) hangUp(open.get(__knexUid))
  })
  lifeline?.onDown(() => {
    for (const client of open.values()) hangUp(client)
  })
  return knex
}

// Days and hours in SQL are UTC's, wherever the server is. And a client of ours that is frozen in
// a transaction must not hold its locks for ever; the embedded engine has no such clock, and does
// not survive being asked for one: its gateway keeps that promise.
const SETUP = `
  set timezone = 'UTC';
  select set_config('idle_in_transaction_session_timeout', '60s', false)
    from pg_stat_activity
   where pid = pg_backend_pid() and backend_type = 'client backend'`

/** knex asks for the settings anew whenever `expirationChecker` says so: while the database is away. */
function onlyWhileUp<Settings extends object>(
  settings: Settings,
  lifeline: Pick<Lifeline, 'up'>,
): () => Settings & { expirationChecker(): boolean } {
  return () => {
    if (!lifeline.up) throw new Unavailable()
    return { ...settings, expirationChecker: () => !lifeline.up }
  }
}

/** A connection as knex keeps it. */
interface PoolClient extends Client {
  __knexUid: string
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
