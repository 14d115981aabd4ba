import type { Knex } from 'knex'

const DAY_MS = 86_400_000

/** Rows younger than this are not late: the retention has not come near them. */
const LATE_MS = 3_600_000

/** The tables with a partition per day, made together and dropped together. */
const TABLES = ['request_logs', 'address_rollups']

/** Days whose partitions are made in one transaction: each takes several of the locks that Postgres has room for. */
const AT_ONCE = 16

/** The UTC day of a time in milliseconds, as its first millisecond. */
export function dayOf(timestamp: number): number {
  return Math.floor(timestamp / DAY_MS) * DAY_MS
}

/** Today and the two days behind it, so that midnight finds its partition made. */
export function daysAhead(now = Date.now()): number[] {
  return [0, 1, 2].map((days) => dayOf(now) + days * DAY_MS)
}

/**
 * Makes the partitions that are missing for `days` (as `dayOf` gives them), of the request log and
 * its roll-ups. Several instances may do so at once, and none of them makes readers or writers wait.
 */
export async function ensurePartitions(knex: Knex, days: Iterable<number>): Promise<void> {
  const all = [...new Set(days)]
  for (let start = 0; start < all.length; start += AT_ONCE) {
    await knex.transaction((trx) => makeMissing(trx, all.slice(start, start + AT_ONCE)))
  }
}

async function makeMissing(trx: Knex.Transaction, days: number[]): Promise<void> {
  const names = days.flatMap(partitionsOf)
  const { rows } = await trx.raw<{ rows: { missing: string }[] }>(
    'select name as missing from unnest(?::text[]) as name where to_regclass(name) is null',
    [names],
  )
  if (rows.length === 0) return

  // Excludes other makers of partitions, and nobody else.
  await trx.raw('lock table request_logs in share update exclusive mode')
  for (const day of days) {
    for (const table of TABLES) {
      const name = nameOf(table, day)
      if (rows.some(({ missing }) => missing === name)) await make(trx, table, name, day)
    }
    await trx.raw(
      `insert into request_log_days (day) values (to_date(?, 'YYYYMMDD')) on conflict (day) do nothing`,
      [compact(day)],
    )
  }
}

async function make(trx: Knex.Transaction, table: string, name: string, day: number) {
  const { rows } = await trx.raw<{ rows: { made: boolean }[] }>(
    'select to_regclass(?) is not null as made',
    [name],
  )
  if (rows[0]?.made) return

  // `create table … partition of` would lock the whole log against readers; attaching does not.
  await trx.raw('create table ?? (like ?? including defaults including constraints)', [name, table])
  const [since, until] = [day, day + DAY_MS].map((time) => new Date(time).toISOString())
  await trx.raw(`alter table ?? attach partition ?? for values from ('${since}') to ('${until}')`, [
    table,
    name,
  ])
}

/**
 * Has the retention begin anew with the days in which rows have arrived behind it: late ones, and
 * imported ones. `timestamps` in milliseconds, of rows that were written in `trx`.
 */
export async function reopenDays(trx: Knex, timestamps: Iterable<number>): Promise<void> {
  const oldest = new Map<number, number>()
  const limit = Date.now() - LATE_MS
  for (const timestamp of timestamps) {
    const day = dayOf(timestamp)
    if (timestamp < limit && timestamp < (oldest.get(day) ?? limit)) oldest.set(day, timestamp)
  }
  if (oldest.size === 0) return
  await trx.raw(
    `update request_log_days as known
        set truncated_until = null, made_at = now()
       from unnest(?::text[], ?::timestamptz[]) as late (day, oldest)
      where known.day = to_date(late.day, 'YYYYMMDD') and late.oldest < known.truncated_until`,
    [[...oldest.keys()].map(compact), [...oldest.values()].map((time) => new Date(time))],
  )
}

/** The names of the partitions of a day. */
function partitionsOf(day: number): string[] {
  return TABLES.map((table) => nameOf(table, day))
}

function nameOf(table: string, day: number): string {
  return `${table}_${compact(day)}`
}

function compact(day: number): string {
  return new Date(day).toISOString().slice(0, 10).replaceAll('-', '')
}
