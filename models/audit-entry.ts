import { BaseModel } from './base'

/** Who changed what, when and from where. */
export class AuditEntry extends BaseModel {
  static override tableName = 'audit_log'
  static override jsonAttributes = ['details']

  id!: number
  at!: Date
  actor!: string
  /** Verb and noun, `block.create`, `suspicious.dismiss`. */
  action!: string
  subject!: string | null
  details!: Record<string, unknown>
  ipAddress!: string | null
}
