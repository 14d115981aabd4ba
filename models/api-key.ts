import { BaseModel } from './base'

/** An application's key: its hash, and what it may do. */
export class ApiKey extends BaseModel {
  static override tableName = 'api_keys'

  id!: number
  name!: string
  /** The public start of the key, by which people recognise it. */
  prefix!: string
  keyHash!: string
  scopes!: string[]
  /** A tier of `RATE_LIMITS`, `none` for no limit; null: the default. */
  tier!: string | null
  createdAt!: Date
  lastUsedAt!: Date | null
  revokedAt!: Date | null
}
