import { BaseModel } from './base'

/** One request that was seen; the table is range-partitioned by UTC day on `timestamp`. */
export class RequestLog extends BaseModel {
  static override tableName = 'request_logs'
  static override idColumn = 'id'

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
}
