import type { CampaignKind } from '../src/detection/campaigns/campaign'
import { BaseModel } from './base'
import type { Reason, SuspiciousIP } from './suspicious-ip'

/** A campaign as it is kept from hour to hour, waiting for or decided by a person. */
export class Campaign extends BaseModel {
  static override tableName = 'campaigns'
  static override jsonAttributes = ['reasons']

  id!: string
  kind!: CampaignKind
  /** One sentence, as of the last hour. */
  title!: string
  severity!: SuspiciousIP['severity']
  reasons!: Reason[]
  status!: 'open' | 'blocked' | 'dismissed'
  /** Starts of the first and the last UTC hour in which it was seen. */
  firstSeen!: Date
  lastSeen!: Date
  /** Different addresses, and their requests, in all hours. */
  addresses!: number
  requests!: number
  reviewedBy!: string | null
  reviewedAt!: Date | null
  note!: string | null
  /** The blocks that decisions about it have made. */
  blockIds!: number[]
}
