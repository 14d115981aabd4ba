import type { Knex } from 'knex'
import type { Places } from '../geo/places'
import { parseAddress } from '../net/address'
import { bindingsOf, FITS, type Insight, UNKNOWN } from './filter'
import { sampleOf } from './sample'

/** Most values answered; of countries all, for the map. */
const SHOWN = 10
const COUNTRIES = 300

/** What requests can be grouped by. By the stored value: texts take several times as long. */
const GROUPS = {
  country: 'country',
  asn: 'asn',
  network:
    'network(set_masklen(ip_address, least(masklen(ip_address), case family(ip_address) when 4 then 24 else 48 end)))',
  address: 'ip_address',
  path: 'path',
  agent: 'user_agent',
  status: 'status',
}

/** How the value of a group is told; of an address, `abbrev` leaves out its own length and keeps a network's. */
const TOLD = {
  country: `coalesce(grouped, '${UNKNOWN}')`,
  asn: `coalesce(grouped::text, '${UNKNOWN}')`,
  network: 'text(grouped)',
  address: 'abbrev(grouped)',
  path: 'grouped',
  agent: 'grouped',
  status: `coalesce(grouped::text, '${UNKNOWN}')`,
}

export type GroupedBy = keyof typeof GROUPS | 'rule'

/** The names of `GROUPS`, and rules, by which findings are grouped. */
export const GROUPED_BY = [...(Object.keys(GROUPS) as (keyof typeof GROUPS)[]), 'rule'] as const

/** One value, and how often it was seen. */
export interface Top {
  value: string
  requests: number
  /** Of a network operator: its name, as it is known now. */
  name?: string | null
}

interface Parts {
  knex: Knex
  places: Pick<Places, 'find'>
}

/**
 * The values seen most between two times among the requests that fit. `each` above 1: counted from
 * a sample (`sampleOf`).
 */
export async function top({ knex, places }: Parts, by: GroupedBy, insight: Insight) {
  if (by === 'rule') return { by, each: 1, items: await topRules(knex, insight) }
  const { rows: source, each } = await sampleOf(knex, insight)
  const { rows } = await knex.raw<{ rows: (Top & { someone: string })[] }>(
    `select ${TOLD[by]} as value, requests, host(someone) as someone
       from (select ${GROUPS[by]} as grouped, ${each} * count(*)::float as requests,
                    max(ip_address) as someone
               from ${source}
              where ${FITS}
              group by 1
              order by requests desc, grouped
              limit ${by === 'country' ? COUNTRIES : SHOWN}) as most
      order by requests desc, grouped`,
    bindingsOf(insight),
  )
  const items = await Promise.all(
    rows.map(async ({ value, requests, someone }): Promise<Top> => {
      if (by !== 'asn') return { value, requests }
      const address = parseAddress(someone)
      const name = address && (await places.find(address)).organisation
      return { value, requests, name: name ?? null }
    }),
  )
  return { by, each, items }
}

async function topRules(knex: Knex, { from, to }: Insight): Promise<Top[]> {
  const { rows } = await knex.raw<{ rows: Top[] }>(RULES, { from, to })
  return rows
}

// A rule's sentence names counts; without them it is the rule.
const RULES = `
  select regexp_replace(told.reason->>'text', '\\d[\\d.,]*', '…', 'g') as value, count(*)::float as requests
    from suspicious_ips
   cross join jsonb_array_elements(reasons) as told (reason)
   where window_start >= :from and window_start < :to and told.reason->>'kind' <> 'learned'
   group by 1
   order by requests desc, value
   limit ${SHOWN}`
