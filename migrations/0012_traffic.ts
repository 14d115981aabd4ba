import type { Knex } from 'knex'

/** What came per minute and what became of it: for the dashboard, whose figures are exact in a flood too. */
export async function up(knex: Knex): Promise<void> {
  await knex.raw(`
    -- A segment of the spool has one writer, so that no two ever wait for the same row.
    create table traffic_minutes (
      minute  timestamptz not null,
      segment uuid not null,
      allowed integer not null,
      limited integer not null,
      blocked integer not null,
      primary key (minute, segment)
    );

    insert into traffic_minutes
    select date_trunc('minute', timestamp), '00000000-0000-0000-0000-000000000000',
           count(*) filter (where status is distinct from 403 and status is distinct from 429),
           count(*) filter (where status = 429),
           count(*) filter (where status = 403)
      from request_logs
     where not opted_out and (source <> 'service' or account is null)
     group by 1;

    -- The queue of the reviewers, and how long it is.
    create index suspicious_ips_open on suspicious_ips (risk desc, id desc) where status = 'open';
  `)
}

export async function down(knex: Knex): Promise<void> {
  await knex.raw('drop index suspicious_ips_open; drop table traffic_minutes')
}
