import type { Knex } from 'knex'

/** What people teach: exceptions, and what a review made, so that it can be taken back. */
export async function up(knex: Knex): Promise<void> {
  await knex.raw(`
    -- What a person has called normal: requests from the network, for the path, by the agent.
    create table exceptions (
      id         bigint generated always as identity primary key,
      network    cidr not null,
      path       text, -- a pattern of src/detection/teaching/path-pattern.ts
      agent      text, -- part of the user agent
      reason     text not null,
      finding_id bigint references suspicious_ips on delete set null,
      made_by    text not null,
      made_at    timestamptz not null default now(),
      expires_at timestamptz not null,
      check (path is not null or agent is not null)
    );
    create index exceptions_by_finding on exceptions (finding_id);

    alter table suspicious_ips
      -- Counts decisions, so that of two given at once one is told of the other.
      add column revision integer not null default 0,
      -- The block and the allowed network that the decision made, to be taken back with it.
      add column block_id bigint,
      add column allowed_id bigint,
      -- Whether a dismissal said what is normal.
      add column normal_named boolean not null default false;
    create index suspicious_ips_dismissed on suspicious_ips (reviewed_at) where status = 'dismissed';

    -- Work that goes on, and that one instance does at a time.
    create table leases (
      name   text primary key,
      holder text not null,
      until  timestamptz not null
    );
  `)
}

export async function down(knex: Knex): Promise<void> {
  await knex.raw(`
    drop table leases, exceptions;
    drop index suspicious_ips_dismissed;
    alter table suspicious_ips drop column revision, drop column block_id, drop column allowed_id,
      drop column normal_named;
  `)
}
