import type { Knex } from 'knex'

/** Most entries in each list of the overview. */
const TOP = 10

interface Totals {
  requests: number
  addresses: number
  blocked: number
  limited: number
}

/**
 * What happened between two times: totals, requests per hour, and the countries, addresses and
 * paths seen most. One pass over the request log per list; without the requests of those who opted out.
 */
export async function overview(knex: Knex, from: Date, to: Date) {
  const span = [from, to]
  const [totals, hours, countries, addresses, paths, toReview] = await Promise.all([
    rows<Totals>(knex, TOTALS, span),
    rows<{ hour: Date; requests: number; blocked: number }>(knex, PER_HOUR, span),
    rows<{ country: string | null; requests: number; addresses: number }>(knex, COUNTRIES, span),
    rows<{ ipAddress: string; country: string | null; requests: number }>(knex, ADDRESSES, span),
    rows<{ path: string; requests: number }>(knex, PATHS, span),
    rows<{ count: number }>(knex, TO_REVIEW, []),
  ])
  return {
    from,
    to,
    ...totals[0],
    toReview: toReview[0]?.count ?? 0,
    hours,
    countries,
    topAddresses: addresses,
    topPaths: paths,
  }
}

async function rows<Row>(knex: Knex, sql: string, bindings: Knex.RawBinding[]): Promise<Row[]> {
  const { rows } = await knex.raw<{ rows: Row[] }>(sql, bindings)
  return rows
}

const TOTALS = `
  select count(*)::int as requests,
         count(distinct ip_address)::int as addresses,
         count(*) filter (where status = 403)::int as blocked,
         count(*) filter (where status = 429)::int as limited
    from request_logs
   where timestamp >= ? and timestamp < ? and not opted_out`

const PER_HOUR = `
  select date_trunc('hour', timestamp) as hour,
         count(*)::int as requests,
         count(*) filter (where status = 403)::int as blocked
    from request_logs
   where timestamp >= ? and timestamp < ? and not opted_out
   group by 1
   order by 1`

const COUNTRIES = `
  select country, count(*)::int as requests, count(distinct ip_address)::int as addresses
    from request_logs
   where timestamp >= ? and timestamp < ? and not opted_out
   group by country
   order by requests desc`

const ADDRESSES = `
  select host(ip_address) as "ipAddress", min(country) as country, count(*)::int as requests
    from request_logs
   where timestamp >= ? and timestamp < ? and not opted_out
   group by ip_address
   order by requests desc
   limit ${TOP}`

const PATHS = `
  select path, count(*)::int as requests
    from request_logs
   where timestamp >= ? and timestamp < ? and not opted_out
   group by path
   order by requests desc
   limit ${TOP}`

// Counted up to a thousand: people need to know that there are many, not how many exactly.
const TO_REVIEW = `
  select count(*)::int as count
    from (select 1 from suspicious_ips where status = 'open' limit 1000) as open`
