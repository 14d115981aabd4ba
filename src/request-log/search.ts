import type { QueryBuilder } from 'objection'
import type { RequestLog } from '../../models/request-log'
import type { Network } from '../net/network'

/** Most rows looked at for one page: a rare path must not read the whole log. */
const EXAMINED_ROWS = 30_000

/** What is looked for; a request must fit all that is given. */
export interface Search {
  /** The address, or a network around it. */
  ip?: Network | undefined
  /** The whole path, or its beginning with a `*` behind it. */
  path?: string | undefined
  /** Two letters, or `-` for unknown. */
  country?: string | undefined
  /** A network operator's number, or `-` for unknown. */
  asn?: string | undefined
  /** The whole user agent. */
  agent?: string | undefined
  /** `404`, or `4xx` for all that begin so. */
  status?: string | undefined
  /** Refused for a block (403), told to wait (429), or neither. */
  outcome?: 'allowed' | 'limited' | 'blocked' | undefined
  /** Leaves out what people and programs that are signed in here ask of this service. */
  withoutKnown?: boolean | undefined
  from?: Date | undefined
  /** Exclusive. */
  to?: Date | undefined
}

/** What the log is sorted by: the time in milliseconds, and the id among equal times. */
export type SortKey = [timestamp: number, id: number]

/** The requests found, and behind which key the search goes on when more were asked for than looked at. */
export interface Found {
  rows: RequestLog[]
  resumeAt: SortKey | null
}

type Requests = QueryBuilder<RequestLog, RequestLog[]>

/**
 * The newest requests that fit, older than `before`, `limit` at most.
 *
 * Time and address are found by index. All else is looked for among the rows that those leave, up
 * to a bound: when it ends a search early, `resumeAt` says where to go on.
 */
export async function searchRequests(
  model: typeof RequestLog,
  search: Search,
  before: SortKey | undefined,
  limit: number,
): Promise<Found> {
  const examined = newestFirst(model.query()).limit(EXAMINED_ROWS)
  narrow(examined, search, before)
  const rows = await newestFirst(model.query().from(examined.clone().as('request_logs')))
    .modify(fit, search)
    .limit(limit)

  const complete = rows.length === limit || !isLookedFor(search)
  const next = examined.offset(EXAMINED_ROWS - 1).limit(1)
  const last = complete ? undefined : await next.first()
  return { rows, resumeAt: last ? sortKey(last) : null }
}

export function sortKey({ timestamp, id }: RequestLog): SortKey {
  return [timestamp.getTime(), id]
}

function newestFirst(query: Requests): Requests {
  return query.orderBy([
    { column: 'timestamp', order: 'desc' },
    { column: 'id', order: 'desc' },
  ])
}

function narrow(query: Requests, search: Search, before: SortKey | undefined): void {
  const { ip, from, to, withoutKnown } = search
  if (ip) query.whereRaw('ip_address <<= ?::inet', [ip])
  if (withoutKnown) query.whereRaw("(source <> 'service' or account is null)")
  if (from) query.where('timestamp', '>=', from)
  if (to) query.where('timestamp', '<', to)
  if (!before) return
  const [time, id] = [new Date(before[0]), before[1]]
  // The first condition says nothing new, but lets Postgres leave out the partitions behind it.
  query.where('timestamp', '<=', time).whereRaw('(timestamp, id) < (?, ?)', [time, id])
}

function isLookedFor({ path, country, asn, agent, status, outcome }: Search): boolean {
  return [path, country, asn, agent, status, outcome].some((value) => value !== undefined)
}

function fit(query: Requests, search: Search): void {
  const { path, country, asn, agent, status, outcome } = search
  if (path?.endsWith('*')) query.whereRaw('starts_with(path, ?)', [path.slice(0, -1)])
  else if (path) query.where('path', path)
  if (status?.endsWith('xx')) query.whereRaw('status / 100 = ?', [Number(status[0])])
  else if (status) query.where('status', Number(status))
  if (country) query.whereRaw("country is not distinct from nullif(?, '-')", [country])
  if (asn) query.whereRaw("asn is not distinct from nullif(?, '-')::bigint", [asn])
  if (agent !== undefined) query.where('user_agent', agent)
  if (outcome) query.whereRaw(OUTCOMES[outcome])
}

const OUTCOMES = {
  allowed: 'status is distinct from 403 and status is distinct from 429',
  limited: 'status = 429',
  blocked: 'status = 403',
}
