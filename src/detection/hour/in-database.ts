import type { Knex } from 'knex'
import { addressRollups, sampleOf } from '../../../models/address-rollup'
import { addressSignatures } from '../../../models/address-signature'
import { type Address, parseAddress } from '../../net/address'
import { inPages } from '../../platform/pages'
import { PATH_LEVELS } from '../../request-log/roll-up'
import { SignatureCounts, type SignatureHits } from '../../request-log/signature-hits'
import { rollUpEarlierRows } from './earlier-rows'
import { type Merged, type Tally, tallyOf } from './tally'

export const HOUR_MS = 3_600_000

// The bits of the sketches are counted here, and read as numbers of paths by `estimate`.
const PATH_COLUMNS = Array.from({ length: PATH_LEVELS }, (_, level) => `paths${level}` as const)
const PATH_BITS = PATH_COLUMNS.map(
  (column, level) =>
    `bit_count(substring(paths from ${level * 64 + 1} for 64))::int as "${column}"`,
)

const TALLY = `
  select ip_address as address, country, asn::float as asn, requests, denied,
         not_found as "notFound", pages_not_found as "pagesNotFound",
         other_client_errors as "otherClientErrors", server_errors as "serverErrors", writes, methods,
         tool_requests as "toolRequests", robot_requests as "robotRequests",
         nameless_requests as "namelessRequests", auth_attempts as "authAttempts",
         auth_failures as "authFailures", assets, without_referer as "withoutReferer",
         sequential_ids as "sequentialIds", bytes::float as bytes,
         longest_target as "longestTarget", depth, claims, served, missed,
         bit_count(minutes)::int as "activeMinutes",
         busiest_minute as "busiestMinute",
         busiest_ten_seconds as "busiestTenSeconds", gaps, gap_seconds as "gapSeconds",
         gap_squares as "gapSquares", bit_count(agents)::int as agents,
         case bit_count(agents) when 1 then position(B'1' in agents) - 1 end as agent, ${PATH_BITS}
    from (select ip_address, ${addressRollups.merged}
            from address_rollups
           where window_start >= ? and window_start < ? and evidence
             and (?::inet[] is null or ip_address = any (?::inet[]))
           group by ip_address) as merged`

const SENSITIVE = `
  select ip_address as address, sensitive_path as path, sum(requests)::int as requests
    from address_rollups
   where window_start >= ? and window_start < ? and evidence
     and (?::inet[] is null or ip_address = any (?::inet[]))
     and sensitive_path = any (?)
   group by ip_address, sensitive_path`

const SIGNATURES = `
  select ip_address as address, signature as name, ${addressSignatures.merged}
    from address_signatures
   where window_start >= ? and window_start < ?
     and (?::inet[] is null or ip_address = any (?::inet[]))
   group by ip_address, signature`

type Row = Merged & {
  address: string
  agents: number
  agent: number | null
  activeMinutes: number
  served: Buffer
  missed: Buffer
} & { [level: `paths${number}`]: number }

type SignatureRow = SignatureHits & { address: string }

interface SensitiveRow {
  address: string
  path: string
  requests: number
}

/**
 * The tallies of every address seen in the hour that begins at `hour`, from its roll-ups: the cost
 * grows with the number of addresses, not with that of their requests. `among` leaves only those.
 */
export async function tallyHour(
  knex: Knex,
  hour: Date,
  sensitivePaths: readonly string[],
  among?: readonly string[],
): Promise<Tally[]> {
  await rollUpEarlierRows(knex, hour, sensitivePaths)
  const only = among ? [...among] : null
  const range = [hour, new Date(hour.getTime() + HOUR_MS), only, only]

  const tallies = new Map<string, Tally>()
  for await (const page of inPages<Row>(knex, TALLY, range)) {
    for (const row of page) tallies.set(row.address, tallyOfRow(row))
  }

  const bindings = [...range, [...sensitivePaths]]
  for await (const page of inPages<SensitiveRow>(knex, SENSITIVE, bindings)) {
    for (const { address, path, requests } of page) {
      // An address that came between the two queries is left to the next run.
      const tally = tallies.get(address)
      if (tally) tally.sensitive[path] = requests
    }
  }

  const known = new Map<string, SignatureCounts>()
  for await (const page of inPages<SignatureRow>(knex, SIGNATURES, range)) {
    for (const { address, ...hits } of page) {
      const counts = known.get(address) ?? new SignatureCounts()
      counts.add(hits)
      known.set(address, counts)
    }
  }
  for (const [address, counts] of known) {
    const tally = tallies.get(address)
    if (tally) tally.signatures = counts.list()
  }
  return [...tallies.values()]
}

function tallyOfRow(row: Row): Tally {
  // Postgres spells some addresses differently; a truncated one is a network and stays.
  const address = parseAddress(row.address) ?? (row.address as Address)
  return tallyOf(address, row, {
    pathBits: PATH_COLUMNS.map((column) => row[column]!),
    agentBits: [row.agents],
    agent: row.agent,
    activeMinutes: row.activeMinutes,
    served: sampleOf(row.served),
    missed: sampleOf(row.missed),
  })
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
