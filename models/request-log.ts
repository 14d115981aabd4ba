import type { Knex } from 'knex'
import type { Refusal } from '../src/http/state'
import { CopyRows, copyInto } from '../src/platform/copy'
import { BaseModel } from './base'

/** A request as it is written: no id yet, the time in milliseconds since 1970, the refusal as JSON. */
export type NewRequest = Omit<RequestFields, 'id' | 'timestamp' | 'refusal' | 'optedOut'> & {
  timestamp: number
  refusal?: string | undefined
  optedOut?: boolean | undefined
  /** Only rolled up, and not kept with the row. */
  hasReferer?: boolean | undefined
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
  /** Asked not to be followed: stored without address, path, query, user agent and account. */
  optedOut!: boolean

  /** Makes requests ready for `write`, about so many of them, one after the other. */
  static encoder(requests: number): { add(request: NewRequest): void; finish(): Buffer } {
    const rows = new CopyRows(COLUMNS.length, requests)
    return { add: (request) => encode(rows, request), finish: () => rows.finish() }
  }

  /** Writes encoded requests with one COPY. */
  static async write(trx: Knex, encoded: Buffer): Promise<void> {
    await copyInto(trx, RequestLog.tableName, COLUMNS, encoded)
  }
}

const COLUMNS = [
  'ip_address',
  'timestamp',
  'method',
  'path',
  'query',
  'status',
  'duration_ms',
  'bytes',
  'user_agent',
  'country',
  'city',
  'asn',
  'account',
  'source',
  'refusal',
  'opted_out',
]

function encode(rows: CopyRows, request: NewRequest): void {
  rows.row()
  rows.inet(request.ipAddress)
  rows.timestamptz(request.timestamp)
  rows.text(request.method)
  rows.text(request.path)
  rows.text(request.query)
  rows.int2(request.status)
  rows.float4(request.durationMs)
  rows.int8(request.bytes)
  rows.text(request.userAgent)
  rows.text(request.country)
  rows.text(request.city)
  rows.int8(request.asn)
  rows.text(request.account)
  rows.text(request.source)
  rows.jsonb(request.refusal ?? null)
  rows.bool(request.optedOut ?? false)
}
