import { BaseModel } from './base'

/** A signed-in browser; `id` is the hash of the token that only the cookie holds. */
export class Session extends BaseModel {
  static override tableName = 'sessions'

  id!: string
  accountId!: number
  createdAt!: Date
  lastSeenAt!: Date
  expiresAt!: Date
  ipAddress!: string | null
  userAgent!: string | null
}
