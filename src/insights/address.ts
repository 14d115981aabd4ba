import type { Knex } from 'knex'
import type { Models } from '../../models'
import type { Address } from '../net/address'

/** Requests and findings shown of one address. */
const SHOWN = 50

interface Activity {
  requests: number
  firstSeen: Date | null
  lastSeen: Date | null
  country: string | null
  city: string | null
  asn: number | null
}

/** What is known about one address: its activity, findings, requests, and the lists it is on. */
export async function describeAddress(knex: Knex, models: Models, address: Address) {
  const [activity, requests, findings, blocks, allowed] = await Promise.all([
    knex.raw<{ rows: Activity[] }>(ACTIVITY, [address]),
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
    models.BlockedIP.query()
      .whereRaw('ip_address >>= ?::inet and (expires_at is null or expires_at > now())', [address])
      .orderByRaw('masklen(ip_address) desc'),
    models.AllowedNetwork.query().whereRaw('ip_address >>= ?::inet', [address]),
  ])
  return { ipAddress: address, ...activity.rows[0], blocks, allowed, findings, requests }
}

const ACTIVITY = `
  select count(*)::int as requests,
         min(timestamp) as "firstSeen",
         max(timestamp) as "lastSeen",
         (array_agg(country order by timestamp desc))[1] as country,
         (array_agg(city order by timestamp desc))[1] as city,
         (array_agg(asn order by timestamp desc))[1] as asn
    from request_logs
   where ip_address = ?`
