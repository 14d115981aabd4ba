import type { Knex } from 'knex'
import { DISTINCT_WITHIN, estimateDistinct } from '../request-log/distinct'
import { bindingsOf, FITS, type Insight, isUnfiltered } from './filter'
import { type Sample, sampleOf } from './sample'

/** Most points of a chart, and the steps that people can read. */
const MOST_POINTS = 300
const STEPS_SECONDS = [60, 300, 900, 3_600, 10_800, 21_600, 86_400]

/** Findings are counted up to this: a person needs to know that there are many, not how many. */
const COUNTED = 1_000

/** More requests than people make on their way into the dashboard. */
const MORE_THAN_OWN = 1_000

interface Point {
  /** Start of the step, seconds since 1970. */
  at: number
  allowed: number
  limited: number
  blocked: number
}

export interface Totals {
  requests: number
  limited: number
  blocked: number
  /**
   * Different addresses; as many networks where addresses have been truncated. With a filter and
   * `each` above 1 there are at least so many.
   */
  addresses: number
  /** How far off `addresses` may be, as a share of it: 0 when they were counted one by one. */
  addressesWithin: number
}

/**
 * How much came between two times and what became of it, over time and in all, beside the span of
 * the same length before. Without a filter it is exact, in a flood too; with one it is counted from
 * the rows of the log, of which many are sampled (`sampleOf`): then `each` is more than 1. Both
 * spans are silent while nothing has come but people on their way into the dashboard, whatever the
 * filter.
 */
export async function traffic(knex: Knex, insight: Insight) {
  const before = spanBefore(insight)
  const stepSeconds = stepOf(insight)
  const [now, then, toReview] = await Promise.all([
    look(knex, insight, stepSeconds),
    look(knex, before, stepSeconds),
    findings(knex, insight.from),
  ])
  const requests = now.totals.requests + then.totals.requests
  const isSilent = requests < MORE_THAN_OWN && !(await hasCome(knex, before.from, insight.to))
  return {
    isSilent,
    from: insight.from,
    to: insight.to,
    stepSeconds,
    each: isUnfiltered(insight) ? 1 : Math.max(now.sample.each, then.sample.each),
    points: now.points,
    totals: now.totals,
    before: then.totals,
    toReview,
  }
}

export function spanBefore(insight: Insight): Insight {
  const length = +insight.to - +insight.from
  return { ...insight, from: new Date(+insight.from - length), to: insight.from }
}

function stepOf({ from, to }: Insight): number {
  const seconds = (+to - +from) / 1_000
  return STEPS_SECONDS.find((step) => seconds / step <= MOST_POINTS) ?? STEPS_SECONDS.at(-1)!
}

async function look(knex: Knex, insight: Insight, stepSeconds: number) {
  const sample = await sampleOf(knex, insight)
  const span = { from: insight.from, to: insight.to, stepSeconds }
  const isWhole = isUnfiltered(insight)
  const [{ rows: points }, addresses] = await Promise.all([
    isWhole
      ? knex.raw<{ rows: Point[] }>(POINTS, span)
      : knex.raw<{ rows: Point[] }>(pointsOf(sample), { ...bindingsOf(insight), stepSeconds }),
    isWhole && sample.each > 1
      ? countAllAddresses(knex, insight)
      : countAddresses(knex, sample.rows, insight),
  ])
  return { sample, points, totals: { ...sum(points), ...addresses } }
}

function sum(points: readonly Point[]) {
  const totals = { requests: 0, limited: 0, blocked: 0 }
  for (const { allowed, limited, blocked } of points) {
    totals.requests += allowed + limited + blocked
    totals.limited += limited
    totals.blocked += blocked
  }
  return totals
}

/** Of all that came in a span, when that is more than is looked at row by row: from sketches. */
async function countAllAddresses(knex: Knex, insight: Insight) {
  const { from, to } = insight
  const { rows } = await knex.raw<{ rows: { bits: string | null }[] }>(SKETCHES, { from, to })
  const { bits } = rows[0]!
  // The log is older than the sketches: they came with an update.
  if (bits === null) return countAddresses(knex, 'request_logs', insight)
  return { addresses: estimateDistinct(bits), addressesWithin: DISTINCT_WITHIN }
}

async function countAddresses(knex: Knex, source: string, insight: Insight) {
  // Grouped first: Postgres does that in parallel by hash, and sorts for `count(distinct)`.
  const { rows } = await knex.raw<{ rows: { addresses: number }[] }>(
    `select count(*)::float as addresses
       from (select from ${source} where ${FITS} group by ip_address) as each_once`,
    bindingsOf(insight),
  )
  return { addresses: rows[0]!.addresses, addressesWithin: 0 }
}

async function hasCome(knex: Knex, from: Date, to: Date): Promise<boolean> {
  const { rows } = await knex.raw<{ rows: { came: boolean }[] }>(HAS_COME, { from, to })
  return rows[0]!.came
}

async function findings(knex: Knex, from: Date) {
  const { rows } = await knex.raw<{ rows: { open: number; added: number }[] }>(OPEN, { from })
  return rows[0]!
}

const HAS_COME = `
  select exists (select from request_logs
                  where timestamp >= :from and timestamp < :to
                    and not (source = 'service' and path ~ '^/(admin|setup|session|login|logout)(/|$)')) as came`

// Quarters of an hour that the span touches. Null when something came before the first of them.
const SKETCHES = `
  select case when min(quarter) <= (select date_bin('15 minutes', min(minute), 'epoch')
                                      from traffic_minutes
                                     where minute >= :from and minute < :to)
              then bit_or(coalesce(addresses, networks))::text end as bits
    from traffic_addresses
   where quarter > :from::timestamptz - interval '15 minutes' and quarter < :to`

const POINTS = `
  select extract(epoch from date_bin(make_interval(secs => :stepSeconds), minute, 'epoch'))::float as at,
         sum(allowed)::float as allowed, sum(limited)::float as limited, sum(blocked)::float as blocked
    from traffic_minutes
   where minute >= :from and minute < :to
   group by 1
   order by 1`

function pointsOf({ rows, each }: Sample): string {
  return `
  select extract(epoch from date_bin(make_interval(secs => :stepSeconds), timestamp, 'epoch'))::float as at,
         ${each} * count(*) filter (where status is distinct from 403 and status is distinct from 429)::float as allowed,
         ${each} * count(*) filter (where status = 429)::float as limited,
         ${each} * count(*) filter (where status = 403)::float as blocked
    from ${rows}
   where ${FITS}
   group by 1
   order by 1`
}

const OPEN = `
  select count(*)::int as open, count(*) filter (where flagged_at >= :from)::int as added
    from (select flagged_at from suspicious_ips where status = 'open' limit ${COUNTED}) as open`
