import type { Knex } from 'knex'

/** What is usual at this site, what was learned from it, and what confirmed attacks looked like. */
export async function up(knex: Knex): Promise<void> {
  await knex.raw(`
    -- Clients of the last seven days that may be learned from: numbers, and no addresses.
    create table baseline_rows (
      hour     timestamptz not null,
      network  text not null, -- a keyed hash: enough to know one again
      lot      double precision not null,
      odd      boolean not null,
      features text not null, -- which features are counted, by a hash of their names
      observed real[] not null
    );
    create index baseline_rows_by_hour on baseline_rows (hour);

    -- The models that were champions; the newest is the one that judges.
    create table learned_models (
      id         bigint generated always as identity primary key,
      made_at    timestamptz not null default now(),
      detectors  text not null,
      features   text not null,
      trained_on integer not null,
      model      bytea not null
    );

    -- What was counted of the address, by feature, for models to be tried on.
    alter table suspicious_ips add column observed jsonb;
  `)
}

export async function down(knex: Knex): Promise<void> {
  await knex.raw(`
    drop table baseline_rows, learned_models;
    alter table suspicious_ips drop column observed;
  `)
}
