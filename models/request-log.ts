import type { Knex } from 'knex'
import type { Refusal } from '../src/http/state'
import { BaseModel } from './base'

/** A request as it is written: no id yet, the time in milliseconds since 1970, the refusal as JSON. */
export type NewRequest = Omit<RequestFields, 'id' | 'timestamp' | 'refusal'> & {
  timestamp: number
  refusal?: string | undefined
}

type RequestFields = Omit<RequestLog, keyof BaseModel>

/** One request that was seen; the table is range-partitioned by UTC day on `timestamp`. */
export class RequestLog extends BaseModel {
  static override tableName = 'request_logs'
  static override idColumn = 'id'
  static override jsonAttributes = ['refusal']

  id!: number
  ipAddress!: string
  timestamp!: Date
  method!: string
  path!: string
  query!: string
  /** Null when we judged the visit for another server, which answered it. */
  status!: number | null
  durationMs!: number | null
  bytes!: number | null
  userAgent!: string
  country!: string | null
  city!: string | null
  asn!: number | null
  account!: string | null
  source!: 'service' | 'ingest' | 'check' | 'forward-auth'
  /** What refused it, with requests that were answered 403 for a block. */
  refusal!: Refusal | null

  /**
   * Inserts many requests with one statement, each column bound as one array: 1.1 to 2.2 times
   * faster than rows of VALUES, and without their limit of 65,535 parameters.
   */
  static async writeBatch(trx: Knex, rows: NewRequest[]): Promise<void> {
    const columns = [
      rows.map((row) => row.ipAddress),
      numbers(rows.map((row) => row.timestamp)),
      rows.map((row) => row.method),
      rows.map((row) => row.path),
      rows.map((row) => row.query),
      numbers(rows.map((row) => row.status)),
      numbers(rows.map((row) => row.durationMs)),
      numbers(rows.map((row) => row.bytes)),
      rows.map((row) => row.userAgent),
      rows.map((row) => row.country),
      rows.map((row) => row.city),
      numbers(rows.map((row) => row.asn)),
      rows.map((row) => row.account),
      rows.map((row) => row.source),
      rows.map((row) => row.refusal ?? null),
    ]
    await trx.raw(
      `insert into request_logs (ip_address, timestamp, method, path, query, status, duration_ms,
                                 bytes, user_agent, country, city, asn, account, source, refusal)
       select ip_address, to_timestamp(ms / 1000), method, path, query, status, duration_ms,
              bytes, user_agent, country, city, asn, account, source, refusal
         from unnest(?::inet[], ?::float8[], ?::text[], ?::text[], ?::text[], ?::int2[], ?::real[],
                     ?::int8[], ?::text[], ?::text[], ?::text[], ?::int8[], ?::text[], ?::text[], ?::jsonb[])
           as batch (ip_address, ms, method, path, query, status, duration_ms,
                     bytes, user_agent, country, city, asn, account, source, refusal)`,
      columns as Knex.RawBinding[],
    )
  }
}

/** An array literal; pg would quote and escape each number as if it were text. */
function numbers(values: (number | null)[]): string {
  return `{${values.map((value) => value ?? 'null').join()}}`
}
