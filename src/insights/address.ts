import type { Knex } from 'knex'
import type { z } from 'zod'
import type { Models } from '../../models'
import { findCovering } from '../blocklist/covering'
import { presentAllowed, presentBlock } from '../blocklist/present'
import type { Crawlers } from '../detection/crawlers/crawlers'
import { presentFinding } from '../detection/present'
import type { Places } from '../geo/places'
import type { Address } from '../net/address'
import type { Network } from '../net/network'
import { crawlersNamed, crawlersOf } from '../request-log/crawler-names'
import { presentRequest } from '../request-log/routes'
import type { AddressAnswer } from './answers'
import { historyOf } from './history'
import { notesAbout } from './notes'

/** Requests and findings shown of one address. */
const SHOWN = 50

/** Requests are counted up to this: a person needs to know that there are many, not how many. */
const COUNTED = 10_000

interface Activity {
  /** Up to `COUNTED`. */
  requestCount: number
  firstSeen: Date | null
  lastSeen: Date | null
  country: string | null
  city: string | null
  asn: number | null
}

interface Parts {
  knex: Knex
  models: Models
  places: Pick<Places, 'find'>
  crawlers: Pick<Crawlers, 'known'>
}

/** What is known about one address: its place, activity, findings, requests, and the lists it is on. */
export async function describeAddress(
  { knex, models, places, crawlers }: Parts,
  address: Address,
): Promise<z.infer<typeof AddressAnswer>> {
  const network = address as string as Network
  const [place, activity, requests, findings, { blocks, allowed }, notes, history, campaigns] =
    await Promise.all([
      places.find(address),
      knex.raw<{ rows: Activity[] }>(ACTIVITY, { address }),
      models.RequestLog.query()
        .where('ip_address', address)
        .orderBy([
          { column: 'timestamp', order: 'desc' },
          { column: 'id', order: 'desc' },
        ])
        .limit(SHOWN),
      models.SuspiciousIP.query()
        .where('ip_address', address)
        .orderBy('window_start', 'desc')
        .limit(SHOWN),
      findCovering(models, network),
      notesAbout(models, network),
      historyOf(models.AuditEntry, address),
      models.Campaign.query()
        .select('id', 'kind', 'title', 'severity', 'status', 'first_seen', 'last_seen')
        .whereRaw('id in (select campaign_id from campaign_members where ip_address = ?)', [
          address,
        ])
        .orderBy('last_seen', 'desc')
        .limit(SHOWN),
    ])
  const claims = requests.reduce((bits, { userAgent }) => bits | crawlersNamed(userAgent), 0)
  return {
    ipAddress: address,
    place,
    ...activity.rows[0]!,
    crawler: {
      claims: crawlersOf(claims).map(({ name }) => name),
      verified: (await crawlers.known(address, claims)) ?? null,
    },
    campaigns,
    blocks: blocks.map(presentBlock),
    allowed: allowed.map(presentAllowed),
    notes,
    history,
    findings: findings.map((found) => ({ ...presentFinding(found), features: found.features })),
    requests: requests.map(presentRequest),
  }
}

// First, last and place are each one step into the index by address and time, which
// `not materialized` lets Postgres take; the count stops.
const ACTIVITY = `
  with seen as not materialized (
    select timestamp, country, city, asn from request_logs where ip_address = :address
  ), latest as (
    select * from seen order by timestamp desc limit 1
  )
  select (select count(*)::int from (select 1 from seen limit ${COUNTED}) as counted) as "requestCount",
         (select timestamp from seen order by timestamp limit 1) as "firstSeen",
         latest.timestamp as "lastSeen", country, city, asn
    from (select) as always left join latest on true`
