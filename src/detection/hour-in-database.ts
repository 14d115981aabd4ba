import type { Knex } from 'knex'
import { type Address, parseAddress } from '../net/address'
import { inPages } from '../platform/pages'
import type { SensitivePaths } from './sensitive'
import { NO_EVIDENCE, READING, type Tally, TOOLS } from './tally'

export const HOUR_MS = 3_600_000

// Paths and agents are counted by hash: comparing numbers is much cheaper than comparing texts.
// Both windows want the same order, which is then the order of the grouping too: one sort.
const TALLY = `
  with visits as (
    select ip_address, timestamp, date_trunc('minute', timestamp) as minute, status, bytes,
           hashtextextended(path, 0) as path,
           hashtextextended(user_agent, 0) as agent,
           octet_length(path) + octet_length(query) as target_bytes,
           method <> all (?) as writes,
           user_agent ~* any (?) as tool
      from request_logs
     where timestamp >= ? and timestamp < ? and not ${NO_EVIDENCE}
  ), paced as (
    select *,
           row_number() over (partition by ip_address, minute order by timestamp) as nth,
           extract(epoch from timestamp - lag(timestamp)
             over (partition by ip_address order by minute, timestamp))::float as gap
      from visits
  )
  select ip_address as address,
         count(*)::int                                        as requests,
         count(*) filter (where status in (401, 403))::int    as denied,
         count(*) filter (where status = 404)::int            as "notFound",
         count(*) filter (where status between 400 and 499
                            and status not in (401, 403, 404))::int as "otherClientErrors",
         count(*) filter (where status >= 500)::int           as "serverErrors",
         count(*) filter (where writes)::int                  as writes,
         count(*) filter (where tool)::int                    as "toolRequests",
         count(distinct path)::int                            as paths,
         count(distinct agent)::int                           as agents,
         coalesce(sum(bytes), 0)::float                       as bytes,
         max(target_bytes)                                    as "longestTarget",
         count(*) filter (where nth = 1)::int                 as "activeMinutes",
         max(nth)::int                                        as "busiestMinute",
         coalesce(avg(gap), 0)                                as "gapMean",
         coalesce(stddev_pop(gap), 0)                         as "gapDeviation"
    from paced
   group by ip_address`

// One row per address and path that may be sensitive, which keeps the bulk of the hour in the
// database; the canonical path, which SQL cannot know, decides in TypeScript.
const CANDIDATES = `
  select ip_address as address, path, count(*)::int as requests
    from request_logs
   where timestamp >= ? and timestamp < ? and not ${NO_EVIDENCE}
     and path ~* ?
   group by ip_address, path`

interface Candidate {
  address: Address
  path: string
  requests: number
}

/** The tallies of every address seen in the hour that begins at `hour`. */
export async function tallyHour(
  knex: Knex,
  hour: Date,
  sensitivePaths: SensitivePaths,
): Promise<Tally[]> {
  const range = [hour, new Date(hour.getTime() + HOUR_MS)]

  const tallies = new Map<string, Tally>()
  for await (const page of inPages<Omit<Tally, 'sensitive'>>(knex, TALLY, [
    READING,
    TOOLS,
    ...range,
  ])) {
    for (const tally of page) {
      // Postgres spells some addresses differently; a truncated one is a network and stays.
      const address = parseAddress(tally.address) ?? tally.address
      tallies.set(tally.address, { ...tally, address, sensitive: {} })
    }
  }

  const bindings = [...range, sensitivePaths.candidates]
  for await (const page of inPages<Candidate>(knex, CANDIDATES, bindings)) {
    for (const { address, path, requests } of page) {
      const prefix = sensitivePaths.find(path)
      // An address that came between the two queries is left to the next run.
      const tally = tallies.get(address)
      if (tally && prefix) tally.sensitive[prefix] = (tally.sensitive[prefix] ?? 0) + requests
    }
  }
  return [...tallies.values()]
}

/** The hours from `from` on and before `to` in which there were requests, the oldest first. */
export async function busyHours(knex: Knex, from: Date, to: Date): Promise<Date[]> {
  const { rows } = await knex.raw<{ rows: { hour: Date }[] }>(
    `select hour
       from generate_series(?::timestamptz, ?::timestamptz, interval '1 hour') as hours (hour)
      where hour < ?::timestamptz
        and exists (select from request_logs
                     where timestamp >= hour and timestamp < hour + interval '1 hour')
      order by hour`,
    [startOfHour(from), to, to],
  )
  return rows.map(({ hour }) => hour)
}

/** The full UTC hour at or before `time`. */
export function startOfHour(time: Date): Date {
  return new Date(Math.floor(time.getTime() / HOUR_MS) * HOUR_MS)
}
