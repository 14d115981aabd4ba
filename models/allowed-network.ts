import { BaseModel } from './base'

/** A network that is never blocked and never flagged. */
export class AllowedNetwork extends BaseModel {
  static override tableName = 'allowed_networks'

  id!: number
  ipAddress!: string
  reason!: string
  allowedBy!: string
  allowedAt!: Date
}
