import type { Knex } from 'knex'
import type { Models } from '../../models'
import type { Address } from '../net/address'
import type { Network } from '../net/network'
import { forgetChanges } from './changes'
import { comeForward, lockBlocklist } from './shadowed'

/** What erasing an address from the blocklist did, and what it kept. */
export interface Unlisted {
  /** Whether it was allowed by itself, which it is no longer. */
  allowed: number
  /** The running block that stays: of exactly this address, of a network around it, or none. */
  kept: 'address' | 'network' | undefined
}

/**
 * Removes what the blocklist says of exactly this address, but for a block that is running: its
 * ended block, its entry among the allowed, and its traces in the changes that instances follow.
 */
export async function eraseFromBlocklist(
  trx: Knex.Transaction,
  { AllowedNetwork, BlockedIP }: Pick<Models, 'AllowedNetwork' | 'BlockedIP'>,
  address: Address,
): Promise<Unlisted> {
  const network = address as string as Network
  await lockBlocklist(trx)
  await BlockedIP.query(trx).delete().where('ip_address', network).whereRaw('expires_at <= now()')
  await trx('shadowed_blocks').delete().where('ip_address', network).whereRaw('expires_at <= now()')
  await comeForward(trx)
  const allowed = await AllowedNetwork.query(trx).delete().where('ip_address', network)

  const running = await BlockedIP.query(trx)
    .whereRaw('ip_address >>= ?::inet and (expires_at is null or expires_at > now())', [address])
    .orderByRaw('masklen(ip_address) desc')
    .first()
  if (running?.ipAddress === address) return { allowed, kept: 'address' }
  await forgetChanges(trx, network)
  return { allowed, kept: running && 'network' }
}
