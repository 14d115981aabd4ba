import type { QueryBuilder } from 'objection'
import type { Models } from '../../models'
import type { SuspiciousIP } from '../../models/suspicious-ip'
import type { Network } from '../net/network'

/** What is looked for; a finding must fit all that is given. */
export interface SuspiciousFilter {
  status?: SuspiciousIP['status'] | undefined
  severity?: SuspiciousIP['severity'] | undefined
  incident?: string | undefined
  /** The address, or a network around it. */
  ip?: Network | undefined
  /** Judged hours that begin at or after this time … */
  from?: Date | undefined
  /** … and before this one. */
  to?: Date | undefined
}

/** By the time of flagging, or by risk; the newest or worst first. */
export type SuspiciousOrder = 'newest' | 'worst'

/** Milliseconds of the flagging, or the risk; and the id among equals. */
export type SuspiciousKey = [value: number, id: number]

const COLUMN = { newest: 'flagged_at', worst: 'risk' } as const

/** The findings that fit, behind the key `after` in this order, `limit` at most. */
export function listSuspicious(
  model: Models['SuspiciousIP'],
  filter: SuspiciousFilter,
  order: SuspiciousOrder,
  after: SuspiciousKey | undefined,
  limit: number,
): QueryBuilder<SuspiciousIP, SuspiciousIP[]> {
  const { status, severity, incident, ip, from, to } = filter
  const column = COLUMN[order]
  return model
    .query()
    .modify((query) => {
      if (status) query.where('status', status)
      if (severity) query.where('severity', severity)
      if (incident) query.where('incident', incident)
      if (ip) query.whereRaw('ip_address <<= ?::inet', [ip])
      if (from) query.where('window_start', '>=', from)
      if (to) query.where('window_start', '<', to)
      if (after) query.whereRaw(`(${column}, id) < (?, ?)`, [boundary(order, after[0]), after[1]])
    })
    .orderBy([
      { column, order: 'desc' },
      { column: 'id', order: 'desc' },
    ])
    .limit(limit)
}

export function suspiciousKey(order: SuspiciousOrder, found: SuspiciousIP): SuspiciousKey {
  return [order === 'newest' ? found.flaggedAt.getTime() : found.risk, found.id]
}

/** A place as the request log has it. */
export interface Place {
  country: string | null
  city: string | null
}

/** The place of each of these findings, by id, as the request log knows it. */
export async function placesOf(
  model: Models['SuspiciousIP'],
  found: readonly SuspiciousIP[],
): Promise<Map<number, Place>> {
  const { rows } = await model.knex().raw<{ rows: (Place & { id: number })[] }>(
    `select finding.id, place.country, place.city
       from unnest(?::bigint[], ?::inet[], ?::timestamptz[]) as finding (id, ip_address, hour)
      cross join lateral (select country, city
                            from request_logs
                           where ip_address = finding.ip_address
                             and timestamp >= finding.hour
                             and timestamp < finding.hour + interval '1 hour'
                           limit 1) as place`,
    [
      found.map(({ id }) => id),
      found.map(({ ipAddress }) => ipAddress),
      found.map(({ windowStart }) => windowStart),
    ],
  )
  return new Map(rows.map(({ id, country, city }) => [id, { country, city }]))
}

/** The campaigns of these findings, by the id of the campaign. */
export async function campaignsOf(
  model: Models['SuspiciousIP'],
  found: readonly SuspiciousIP[],
): Promise<Map<string, { id: string; title: string }>> {
  const ids = new Set(found.flatMap(({ campaignId }) => campaignId ?? []))
  if (ids.size === 0) return new Map()
  const rows = await model
    .knex()('campaigns')
    .whereIn('id', [...ids])
    .select<{ id: string; title: string }[]>('id', 'title')
  return new Map(rows.map((row) => [row.id, row]))
}

function boundary(order: SuspiciousOrder, value: number): Date | number {
  return order === 'newest' ? new Date(value) : value
}
