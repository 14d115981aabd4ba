import type { Knex } from 'knex'
import type { z } from 'zod'
import type { Models } from '../../models'
import { findCovering } from '../blocklist/covering'
import { presentAllowed, presentBlock } from '../blocklist/present'
import type { Address } from '../net/address'
import { type Network, partsOf } from '../net/network'
import type { NetworkAnswer } from './answers'
import { notesAbout } from './notes'

/** Newest requests of the network that are looked at: who is among them is seen, and how many there are beyond is said to be unknown. */
const EXAMINED = 25_000
const DAYS = 7
const EXAMPLES = 8

interface Parts {
  knex: Knex
  models: Models
  blocklist: {
    objectionTo(order: { network: Network; from?: Address }): { why: string } | undefined
  }
}

interface Seen {
  examined: number
  seen: number
  seenToday: number
  well: number
  examples: string[] | null
}

/**
 * Whom a block of a network would hit: how many of its addresses came in the last week, and which
 * of them behaved well, that is: were neither flagged nor refused; what lists say of it already,
 * and what a guard would object.
 */
export async function networkSeen(
  { knex, models, blocklist }: Parts,
  network: Network,
  from: Address,
): Promise<z.infer<typeof NetworkAnswer>> {
  const [{ rows }, { blocks, allowed }, notes] = await Promise.all([
    knex.raw<{ rows: Seen[] }>(SEEN, { network }),
    findCovering(models, network),
    notesAbout(models, network),
  ])
  const { examined, examples, ...counts } = rows[0]!
  const objection = blocklist.objectionTo({ network, from })
  return {
    network,
    size: sizeOf(network),
    ...counts,
    examples: examples ?? [],
    complete: examined < EXAMINED,
    objection: objection ? `${network} ${objection.why}.` : null,
    coveredBy: blocks.map(presentBlock),
    allowed: allowed.map(presentAllowed),
    notes,
  }
}

/** How many addresses a network has; from a million on as a power of two. */
function sizeOf(network: Network): string {
  const { prefix, family } = partsOf(network)
  const bits = (family === 4 ? 32 : 128) - prefix
  return bits < 20 ? String(2 ** bits) : `2^${bits}`
}

const SEEN = `
  with examined as materialized (
    select ip_address, timestamp, status
      from request_logs
     where ip_address <<= :network::inet and timestamp >= now() - interval '${DAYS} days'
       and not opted_out
     limit ${EXAMINED}
  ), address as (
    select ip_address, max(timestamp) as last_seen, bool_or(status = 403) as refused
      from examined
     group by ip_address
  ), judged as (
    select ip_address, last_seen,
           not refused and not exists (
             select from suspicious_ips as finding
              where finding.ip_address = address.ip_address and finding.status <> 'dismissed') as well
      from address
  )
  select (select count(*)::int from examined) as examined,
         count(*)::int as seen,
         count(*) filter (where last_seen >= now() - interval '1 day')::int as "seenToday",
         count(*) filter (where well)::int as well,
         (select array_agg(host(ip_address))
            from (select ip_address from judged where well order by last_seen desc limit ${EXAMPLES}) as shown) as examples
    from judged`
