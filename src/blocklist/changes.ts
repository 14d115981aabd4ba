import type { Knex } from 'knex'
import { type Network, requireNetwork } from '../net/network'
import type { OwnConnection } from '../platform/own-connection'
import { END } from './load'
import type { Origin } from './origins'
import type { Change } from './snapshot'

/** How many changes the database keeps; as in migration 0002. */
const CHANGES_KEPT = 1_000

/** What has changed since a revision, as it is at another. */
export interface Changes {
  revision: number
  /** Each network once. */
  networks: Change[]
  /** Whether `networks` is all that has changed; if not, the list is to be read whole. */
  complete: boolean
}

interface Row extends Omit<Origin, 'reason'> {
  /** Null in the one row of a list that has not changed. */
  network: string | null
  /** Null when it is not blocked. */
  reason: string | null
  end: number
  allowed: boolean
  revision: string
}

/** Asks in one statement, so that all of the answer is of one moment. */
export async function readChanges(
  connection: Pick<OwnConnection, 'query'>,
  since: number,
): Promise<Changes> {
  const { rows } = await connection.query<Row>(
    `select newest.value as revision, changed.ip_address::text as network,
            blocked.reason, blocked.source, blocked.source_name as "sourceName", ${END} as "end",
            allowed.id is not null as allowed
       from revisions newest
       left join (select distinct ip_address from blocklist_changes where revision > $1) changed on true
       left join blocked_ips blocked on blocked.ip_address = changed.ip_address
       left join allowed_networks allowed on allowed.ip_address = changed.ip_address
      where newest.name = 'blocklist'`,
    [since],
  )
  const revision = Number(rows[0]?.revision ?? 0)
  return {
    revision,
    networks: rows.flatMap(changeOf),
    // Behind what we have seen is another database, or an older one that was restored.
    complete: revision >= since && revision - since <= CHANGES_KEPT,
  }
}

/** The networks that changed last, each once: those of the changes that the database keeps. */
export async function recentlyChanged(knex: Knex): Promise<Network[]> {
  const rows = await knex<{ ip_address: string }>('blocklist_changes').distinct('ip_address')
  return rows.map(({ ip_address }) => requireNetwork(ip_address))
}

/**
 * Removes a network from the kept changes. Who has not read them by then cannot know what is
 * missing: the revision moves on so far that everybody reads the list whole.
 */
export async function forgetChanges(trx: Knex, network: Network): Promise<void> {
  await trx.raw(
    `with forgotten as (delete from blocklist_changes where ip_address = ? returning revision)
     update revisions set value = value + ${CHANGES_KEPT + 1}
      where name = 'blocklist' and exists (select from forgotten)`,
    [network],
  )
}

function changeOf({ network, reason, source, sourceName, end, allowed }: Row): Change[] {
  if (network === null) return []
  const block = reason === null ? undefined : { reason, source, sourceName, end }
  return [{ network: requireNetwork(network), block, allowed }]
}
