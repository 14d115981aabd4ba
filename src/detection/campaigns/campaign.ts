import type { Reason, SuspiciousIP } from '../../../models/suspicious-ip'
import type { Address } from '../../net/address'
import type { Covered } from './cover'

/**
 * What a campaign is after: `hunt` for what the site does not have (backups, secrets, old
 * software), `stuffing` of passwords into its login, `flood` of the same few pages, `scraping` of
 * many pages; `rotation` is one client that changes its address inside of a network, whatever for.
 */
export type CampaignKind = 'hunt' | 'stuffing' | 'flood' | 'scraping' | 'rotation'

/** Many addresses that do one thing together, each of them too little to be noticed. */
export interface Campaign {
  /** The same for the same campaign, run after run and hour after hour. */
  id: string
  kind: CampaignKind
  /** One sentence: `12 addresses in 9 networks, 4.1 requests each: a hunt for backups`. */
  title: string
  members: Address[]
  /** The smallest set of networks that holds the members and nobody else who was seen. */
  networks: Covered[]
  requests: number
  severity: SuspiciousIP['severity']
  reasons: Reason[]
}
