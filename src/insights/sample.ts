import type { Knex } from 'knex'
import { type Network, partsOf } from '../net/network'
import type { Insight } from './filter'

/** Rows that a view looks at; of more it takes a sample (`npm run bench -- insights`). */
const EXAMINED_ROWS = 60_000

/** Which rows a view looks at, and how many requests each stands for. */
export interface Sample {
  /** What stands behind `from`. */
  readonly rows: string
  /** 1 when all rows are looked at; figures times this are estimates. */
  readonly each: number
}

/**
 * All rows of a span when there are few, else those on some of the table's blocks. The log is
 * written in the order of time, so that a sample of blocks has some of every minute. Sampled by
 * Postgres with a seed, so that the same question has the same answer.
 */
export async function sampleOf(
  knex: Knex,
  insight: Pick<Insight, 'from' | 'to' | 'ip'>,
): Promise<Sample> {
  // An address is found by an index, which a sample would not use.
  if (insight.ip && isNarrow(insight.ip)) return WHOLE
  const { rows } = await knex.raw<{ rows: { requests: number }[] }>(REQUESTS, {
    from: insight.from,
    to: insight.to,
  })
  const each = Math.ceil((rows[0]?.requests ?? 0) / EXAMINED_ROWS)
  if (each <= 1) return WHOLE
  return { rows: `request_logs tablesample system (${100 / each}) repeatable (1)`, each }
}

/** An address, or a network as narrow as those that addresses are truncated to. */
function isNarrow(network: Network): boolean {
  const { prefix, family } = partsOf(network)
  return prefix >= (family === 4 ? 24 : 48)
}

const WHOLE: Sample = { rows: 'request_logs', each: 1 }

const REQUESTS = `
  select coalesce(sum(allowed + limited + blocked), 0)::float as requests
    from traffic_minutes
   where minute >= :from and minute < :to`
