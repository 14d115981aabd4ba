import type { Knex } from 'knex'
import type { Blocklist } from '../../blocklist/blocklist'
import { parseAddress } from '../../net/address'
import { parseNetwork } from '../../net/network'
import { NetworkSet } from '../../net/network-set'

/** Who is never flagged, as the database says now: for threads, which do not follow the list. */
export async function readAllowed(knex: Knex): Promise<Pick<Blocklist, 'isAllowed'>> {
  const rows: { ip_address: string }[] = await knex('allowed_networks').select('ip_address')
  const allowed = NetworkSet.from(
    rows.flatMap(({ ip_address }) => {
      const network = parseNetwork(ip_address)
      return network ? [{ network, value: true }] : []
    }),
  )
  // What is stored as a network or a pseudonym is no address.
  return {
    isAllowed: (stored) => parseAddress(stored) !== undefined && allowed.find(stored) !== undefined,
  }
}
