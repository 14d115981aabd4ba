import type { Knex } from 'knex'

/** Hours told of each finding, the last of them the judged one. */
const HOURS = 24

/** Most requests looked at per finding: what is more draws the same picture. */
const EXAMINED = 5_000

/** Requests per hour around each of these findings, for sparklines: `HOURS` numbers by its id. */
export async function activityOf(
  knex: Knex,
  findings: readonly number[],
): Promise<Record<number, number[]>> {
  const { rows } = await knex.raw<{ rows: { id: number; hour: number; requests: number }[] }>(
    PER_HOUR,
    [[...findings]],
  )
  const all: Record<number, number[]> = {}
  for (const { id, hour, requests } of rows) {
    all[id] ??= new Array<number>(HOURS).fill(0)
    all[id][hour] = requests
  }
  return all
}

const PER_HOUR = `
  select finding.id::int, seen.hour, seen.requests
    from suspicious_ips as finding
   cross join lateral (
         select floor(extract(epoch from timestamp - (finding.window_start - interval '${HOURS - 1} hours')) / 3600)::int as hour,
                count(*)::int as requests
           from (select timestamp
                   from request_logs
                  where ip_address = finding.ip_address
                    and timestamp >= finding.window_start - interval '${HOURS - 1} hours'
                    and timestamp < finding.window_start + interval '1 hour'
                  order by timestamp desc
                  limit ${EXAMINED}) as examined
          group by 1) as seen
   where finding.id = any (?::bigint[])`
