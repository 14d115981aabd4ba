import type { Knex } from 'knex'

/** What limits need: the tier of a key, and the networks that a person is known to sign in from. */
export async function up(knex: Knex): Promise<void> {
  await knex.raw(`
    -- A name of RATE_LIMITS, 'none' for no limit; null for the default.
    alter table api_keys add column tier text;

    -- Keys that are shared by all instances, and by nobody else.
    create table secrets (
      name    text primary key,
      value   bytea not null,
      made_at timestamptz not null default now()
    );

    -- Keyed hashes, not addresses: enough to know one again.
    create table familiar_networks (
      account_id   bigint not null references accounts on delete cascade,
      network_hash text not null,
      seen_at      timestamptz not null default now(),
      primary key (account_id, network_hash)
    );
  `)
}

export async function down(knex: Knex): Promise<void> {
  await knex.raw(`
    drop table familiar_networks, secrets;
    alter table api_keys drop column tier;
  `)
}
