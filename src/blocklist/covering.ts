import type { Models } from '../../models'
import type { AllowedNetwork } from '../../models/allowed-network'
import type { BlockedIP } from '../../models/blocked-ip'
import type { Network } from '../net/network'
import { withHits } from './hits'

/** What the tables say about a network now: entries of its own and of networks around it. */
export interface Covering {
  /** In force, the most specific first. */
  blocks: BlockedIP[]
  /** The most specific first. */
  allowed: AllowedNetwork[]
}

/** Who covers `network`, asked of the database: for scripts, which have no snapshot. */
export async function findCovering(
  models: Pick<Models, 'AllowedNetwork' | 'BlockedIP'>,
  network: Network,
): Promise<Covering> {
  const [blocks, allowed] = await Promise.all([
    models.BlockedIP.query()
      .whereRaw('ip_address >>= ?::cidr and (expires_at is null or expires_at > now())', [network])
      .modify(withHits)
      .orderByRaw('masklen(ip_address) desc'),
    models.AllowedNetwork.query()
      .whereRaw('ip_address >>= ?::cidr', [network])
      .orderByRaw('masklen(ip_address) desc'),
  ])
  return { blocks, allowed }
}
