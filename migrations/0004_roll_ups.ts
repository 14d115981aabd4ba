import type { Knex } from 'knex'

/** What each address did, five minutes at a time, added up while its requests are written. */
export async function up(knex: Knex): Promise<void> {
  await knex.raw(`
    -- What the columns count is said in src/request-log/roll-ups.ts.
    create table address_rollups (
      window_start          timestamptz not null, -- of five minutes; of the hour, once folded
      ip_address            inet not null,
      evidence              boolean not null,
      sensitive_path        text, -- what was done for other paths has none
      country               text,
      asn                   bigint,
      requests              integer not null,
      kept                  integer not null,
      denied                integer not null,
      not_found             integer not null,
      pages_not_found       integer not null,
      other_client_errors   integer not null,
      server_errors         integer not null,
      writes                integer not null,
      methods               smallint not null,
      tool_requests         integer not null,
      assets                integer not null,
      bytes                 bigint not null,
      longest_target        integer not null,
      paths                 bit(320) not null,
      agents                bit(64) not null,
      first_seen            timestamptz not null,
      last_seen             timestamptz not null,
      gaps                  integer not null,
      gap_seconds           double precision not null,
      gap_squares           double precision not null,
      minutes               bit(64) not null,
      busiest_minute        integer not null,
      busiest_ten_seconds   integer not null
    ) partition by range (window_start);

    create index address_rollups_by_window on address_rollups (window_start);
    -- Those of a flood only: usually empty.
    create index address_rollups_sampled on address_rollups (window_start) where kept < requests;

    -- Hours with requests of a version that did not roll up: done when somebody asks for them.
    create table hours_to_roll_up (hour timestamptz primary key);
    insert into hours_to_roll_up
    select distinct date_trunc('hour', timestamp, 'UTC') from request_logs;
  `)
}

export async function down(knex: Knex): Promise<void> {
  await knex.raw('drop table address_rollups, hours_to_roll_up')
}
