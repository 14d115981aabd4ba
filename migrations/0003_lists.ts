import type { Knex } from 'knex'

/** What several lists say of one network, which block refused a request, and a history that is found. */
export async function up(knex: Knex): Promise<void> {
  await knex.raw(`
    -- A network has one row in blocked_ips. What other lists say of it waits here, and comes
    -- forward when that row goes.
    create table shadowed_blocks (
      ip_address  cidr not null,
      source_name text not null,
      reason      text not null,
      blocked_by  text not null,
      blocked_at  timestamptz not null default now(),
      expires_at  timestamptz,
      primary key (ip_address, source_name)
    );
    create index shadowed_blocks_by_source on shadowed_blocks (source_name);

    -- What has ended is looked for every minute.
    create index blocked_ips_by_end on blocked_ips (expires_at) where expires_at is not null;

    -- The history of one address.
    create index audit_log_by_subject on audit_log (subject, at desc) where subject is not null;

    -- Null but for requests that a block refused: the incident, and the block as it was then. It is
    -- found by the time inside the incident, so it needs no index.
    alter table request_logs add column refusal jsonb;
  `)
}

export async function down(knex: Knex): Promise<void> {
  await knex.raw(`
    alter table request_logs drop column refusal;
    drop index audit_log_by_subject;
    drop index blocked_ips_by_end;
    drop table shadowed_blocks;
  `)
}
