import { BaseModel } from './base'

/** A refused network (or single address), why, by whom and until when. */
export class BlockedIP extends BaseModel {
  static override tableName = 'blocked_ips'

  id!: number
  ipAddress!: string
  reason!: string
  source!: 'person' | 'import' | 'detection'
  /** The list an imported entry came from. */
  sourceName!: string | null
  blockedBy!: string
  blockedAt!: Date
  expiresAt!: Date | null
  /** How often it has refused, and when last (`withHits`); a minute old on other instances. */
  hits?: number
  lastHitAt?: Date | null
}
