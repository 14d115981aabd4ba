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
  status!: number
  durationMs!: number | null
  bytes!: number | null
  userAgent!: string
  country!: string | null
  city!: string | null
  asn!: number | null
  account!: string | null
  source!: 'service' | 'ingest' | 'check' | 'forward-auth'
}
