import type { Knex } from 'knex'

/** Most groups answered: those from which most addresses came. */
const SHOWN = 200

export type FairnessGroup = 'country' | 'network'

/** One country or network operator: how many of its addresses came, and what became of them. */
export interface FairnessRow {
  /** ISO 3166 code or AS number; null when it is not known. */
  group: string | null
  addresses: number
  flagged: number
  refused: number
  /** Flagged of those that came, from 0 to 1, and between what bounds it lies with 95 % confidence. */
  flaggedShare: number
  flaggedBounds: [low: number, high: number]
  /** `flaggedShare` as a multiple of everybody's; null when nobody was flagged. */
  timesOverall: number | null
}

interface Counts {
  group: string | null
  addresses: number
  flagged: number
  refused: number
}

/**
 * How many addresses of each country, or of each network operator (AS), came between two times, were
 * flagged, and were refused, so that a bias can be seen. Nothing here blocks or flags anybody.
 *
 * The bounds are Wilson's score interval: of two visitors from one country, one of them flagged, it
 * says 9 to 91 %, which is to say nothing.
 */
export async function fairness(knex: Knex, by: FairnessGroup, from: Date, to: Date) {
  const { rows } = await knex.raw<{ rows: Counts[] }>(countsBy(by), { from, to })
  const all = { addresses: sum(rows, 'addresses'), flagged: sum(rows, 'flagged') }
  const overall = all.addresses === 0 ? 0 : all.flagged / all.addresses
  return {
    by,
    from,
    to,
    ...all,
    refused: sum(rows, 'refused'),
    groups: rows.slice(0, SHOWN).map((row) => describe(row, overall)),
    complete: rows.length <= SHOWN,
  }
}

function sum(rows: Counts[], column: 'addresses' | 'flagged' | 'refused'): number {
  return rows.reduce((total, row) => total + row[column], 0)
}

function describe(counts: Counts, overall: number): FairnessRow {
  const { addresses, flagged } = counts
  const share = flagged / addresses
  return {
    ...counts,
    flaggedShare: share,
    flaggedBounds: wilson(flagged, addresses),
    timesOverall: overall === 0 ? null : share / overall,
  }
}

/** The score interval of E. B. Wilson (1927) for `hits` of `all`, at 95 %. */
export function wilson(hits: number, all: number): [low: number, high: number] {
  const z = 1.959964
  const share = hits / all
  const centre = share + (z * z) / (2 * all)
  const spread = z * Math.sqrt((share * (1 - share)) / all + (z * z) / (4 * all * all))
  const scale = 1 + (z * z) / all
  return [Math.max(0, (centre - spread) / scale), Math.min(1, (centre + spread) / scale)]
}

/**
 * An address is counted as it is stored: once it has been truncated its network stands for it, and
 * counts as flagged when one of its addresses was.
 */
function countsBy(by: FairnessGroup): string {
  const group = by === 'country' ? 'country' : 'asn'
  return `
    with came as (
      select ip_address, min(${group}) as grouped, bool_or(status = 403) as refused
        from request_logs
       where timestamp >= :from and timestamp < :to and not opted_out
       group by ip_address
    ), flagged as (
      select distinct unnest(array[
               ip_address,
               network(set_masklen(ip_address, case family(ip_address) when 4 then 24 else 48 end))::inet
             ]) as ip_address
        from suspicious_ips
       where window_start >= :from and window_start < :to
    )
    select grouped::text as "group", count(*)::int as addresses,
           count(flagged.ip_address)::int as flagged, count(*) filter (where refused)::int as refused
      from came
      left join flagged using (ip_address)
     group by grouped
     order by addresses desc, grouped`
}
