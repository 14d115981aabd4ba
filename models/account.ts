import { BaseModel } from './base'

/** A person who may sign in. */
export class Account extends BaseModel {
  static override tableName = 'accounts'

  id!: number
  email!: string
  passwordHash!: string
  role!: 'admin' | 'viewer'
  createdAt!: Date
}
