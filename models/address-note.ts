import { BaseModel } from './base'

/** What somebody has written down about an address or a network, for the other reviewers. */
export class AddressNote extends BaseModel {
  static override tableName = 'address_notes'

  id!: number
  ipAddress!: string
  note!: string
  writtenBy!: string
  writtenAt!: Date
}
