import { BaseModel } from './base'

/** One line of evidence, in plain words; `weight` is its share of the risk, 0 to 1. */
export interface Reason {
  text: string
  kind: 'rule' | 'learned' | 'campaign'
  weight: number
}

/** An address flagged in one hour, with reasons, waiting for or decided by a person. */
export class SuspiciousIP extends BaseModel {
  static override tableName = 'suspicious_ips'
  static override jsonAttributes = ['reasons', 'features']

  id!: number
  /** Its name for people: the same however often the hour is judged. */
  incident!: string
  ipAddress!: string
  /** Start of the UTC hour that was judged. */
  windowStart!: Date
  /** 0 to 1. */
  risk!: number
  severity!: 'info' | 'low' | 'medium' | 'high'
  /** The strongest reason, one sentence. */
  reason!: string
  reasons!: Reason[]
  features!: Record<string, number>
  status!: 'open' | 'blocked' | 'dismissed' | 'allowed'
  flaggedAt!: Date
  reviewedBy!: string | null
  reviewedAt!: Date | null
  note!: string | null
  /** The campaign that it takes part in. */
  campaignId!: string | null
  /** Counts the decisions about it. */
  revision!: number
  /** The block and the allowed network that the decision made. */
  blockId!: number | null
  allowedId!: number | null
  /** Whether the dismissal said what is normal. */
  normalNamed!: boolean
}
