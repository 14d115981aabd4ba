import { Client, type QueryConfig, type QueryResult, type QueryResultRow } from 'pg'
import type { DatabaseConnection } from './database'

const CONNECT_TIMEOUT_MS = 2_000
const QUERY_TIMEOUT_MS = 5_000

/**
 * A connection of somebody's own, which nobody else can keep busy: opened when it is first needed,
 * and thrown away when something on it fails, so that the next query finds a database that has
 * moved or was frozen. Every query ends within seconds.
 */
export class OwnConnection {
  readonly #connection: DatabaseConnection
  #client: Promise<Client> | undefined
  #closed = false

  constructor(connection: DatabaseConnection) {
    this.#connection = connection
  }

  async query<Row extends QueryResultRow>(
    query: string | QueryConfig,
    values?: unknown[],
  ): Promise<QueryResult<Row>> {
    if (this.#closed) throw new Error('the connection has been closed')
    this.#client ??= this.#open()
    const opening = this.#client
    try {
      const client = await opening
      return await client.query<Row>(query, values)
    } catch (error) {
      if (this.#client === opening) this.#client = undefined
      void opening.then(hangUp, () => {})
      throw error
    }
  }

  /** Also ends what is under way. */
  async close(): Promise<void> {
    this.#closed = true
    const opening = this.#client
    this.#client = undefined
    await opening?.then(hangUp, () => {})
  }

  async #open(): Promise<Client> {
    const client = new Client({
      ...this.#connection,
      connectionTimeoutMillis: CONNECT_TIMEOUT_MS,
      query_timeout: QUERY_TIMEOUT_MS,
      keepAlive: true,
    })
    client.on('error', () => {}) // 'end' follows, and fails the query that is under way.
    client.once('end', () => this.#forget(client))
    await client.connect()
    return client
  }

  /** The other side has hung up: the next query dials again. */
  async #forget(client: Client): Promise<void> {
    const opening = this.#client
    if ((await opening?.catch(() => undefined)) === client) this.#client = undefined
  }
}

// Without a goodbye, for which pg waits: the other side may be frozen.
function hangUp(client: Client): void {
  client.connection.stream.destroy()
}
