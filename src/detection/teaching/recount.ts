import type { Knex } from 'knex'
import { parseAddress } from '../../net/address'
import { inPages } from '../../platform/pages'
import { sensitivePathFinder } from '../../request-log/sensitive'
import { HOUR_MS } from '../hour/in-database'
import type { Tally } from '../hour/tally'

// Without what is no evidence (`isEvidence`).
const PATHS = `
  select ip_address as address, path, count(*)::int as requests
    from request_logs
   where timestamp >= ? and timestamp < ?
     and (source = 'ingest' or status is null or status not in (403, 429))
     and (source <> 'service' or account is null)
   group by ip_address, path`

interface Row {
  address: string
  path: string
  requests: number
}

/** Counts in an hour's tallies what was asked below other paths than those that were sensitive then, from the request log. */
export async function recountSensitive(
  knex: Knex,
  hour: Date,
  tallies: readonly Tally[],
  sensitivePaths: readonly string[],
): Promise<void> {
  const byAddress = new Map<string, Record<string, number>>()
  for (const tally of tallies) {
    const sensitive = {}
    tally.sensitive = sensitive
    byAddress.set(tally.address, sensitive)
  }
  const find = sensitivePathFinder(sensitivePaths)
  const until = new Date(hour.getTime() + HOUR_MS)
  for await (const page of inPages<Row>(knex, PATHS, [hour, until])) {
    for (const { address, path, requests } of page) {
      const prefix = find(path)
      const sensitive = prefix && byAddress.get(parseAddress(address) ?? address)
      if (sensitive) sensitive[prefix] = (sensitive[prefix] ?? 0) + requests
    }
  }
}
