import type { Knex } from 'knex'

/**
 * What a reviewer wants to see beside the decisions: how often each block has refused somebody, what
 * people have written down about an address, and which blocks a decision about a campaign has made.
 */
export async function up(knex: Knex): Promise<void> {
  await knex.raw(`
    -- Beside the blocks, not in them: every change there makes all instances look at their list.
    create table block_hits (
      block_id    bigint primary key,
      hits        bigint not null,
      last_hit_at timestamptz not null
    );

    create table address_notes (
      id         bigint generated always as identity primary key,
      ip_address cidr not null,
      note       text not null,
      written_by text not null,
      written_at timestamptz not null default now()
    );
    create index address_notes_by_address on address_notes using gist (ip_address inet_ops);

    alter table campaigns add column block_ids bigint[] not null default '{}';

    -- What people and the detection have blocked, behind a million entries of lists.
    create index blocked_ips_unlisted on blocked_ips (id desc) where source <> 'import';
  `)
}

export async function down(knex: Knex): Promise<void> {
  await knex.raw(`
    drop index blocked_ips_unlisted;
    alter table campaigns drop column block_ids;
    drop table address_notes, block_hits;
  `)
}
