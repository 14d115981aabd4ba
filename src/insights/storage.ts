import type { Knex } from 'knex'

/** What is stored: per table its rows, as the database estimates them, and its bytes, and since when. */
export async function storage(knex: Knex) {
  const [{ rows: tables }, { rows: days }] = await Promise.all([
    knex.raw<{ rows: { name: string; rows: number; bytes: number }[] }>(TABLES),
    knex.raw<{ rows: { oldest: string | null }[] }>(
      'select min(day)::text as oldest from request_log_days',
    ),
  ])
  return { tables, oldest: days[0]?.oldest ?? null }
}

// Exact counts would read the log from end to end. A partition counts for the table it is of, and
// what was never analysed (-1) as far as the running counters know.
const TABLES = `
  select coalesce(whole.relname, part.relname)::text as name,
         sum(case when part.reltuples < 0 then coalesce(seen.n_live_tup, 0) else part.reltuples end)::float as rows,
         sum(pg_total_relation_size(part.oid))::float as bytes
    from pg_class as part
    left join pg_inherits on inhrelid = part.oid
    left join pg_class as whole on whole.oid = inhparent
    left join pg_stat_user_tables as seen on seen.relid = part.oid
   where part.relkind = 'r' and part.relnamespace = 'public'::regnamespace
     and coalesce(whole.relname, part.relname) not like 'knex\\_%'
   group by 1
   order by bytes desc`
