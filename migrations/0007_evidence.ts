import type { Knex } from 'knex'

/** What else is counted of each address, and what the site is known to serve. */
export async function up(knex: Knex): Promise<void> {
  await knex.raw(`
    -- What the columns count is said in src/request-log/roll-ups.ts. Samples are hashes of four
    -- bytes each, so that they can be joined like texts and compared like numbers.
    alter table address_rollups
      add column robot_requests     integer not null default 0,
      add column nameless_requests  integer not null default 0,
      add column auth_attempts      integer not null default 0,
      add column auth_failures      integer not null default 0,
      add column without_referer    integer not null default 0,
      add column sequential_ids     integer not null default 0,
      add column depth              integer not null default 0,
      add column claims             integer not null default 0,
      add column served             bytea not null default '',
      add column missed             bytea not null default '';

    -- The smallest of many hashes, each of them once.
    create function smallest_hashes(hashes bytea, most integer) returns bytea
    language sql immutable strict parallel safe as $$
      select coalesce(string_agg(hash, ''::bytea order by hash), ''::bytea)
        from (select distinct substring(hashes from 4 * nth + 1 for 4) as hash
                from generate_series(0, octet_length(hashes) / 4 - 1) as nth
               order by hash
               limit most) as smallest
    $$;

    -- What requests of an address are known for; few addresses have any. Appended and folded as
    -- the roll-ups are.
    create table address_signatures (
      window_start  timestamptz not null,
      ip_address    inet not null,
      signature     text not null,
      requests      integer not null,
      missed        integer not null,
      example       text not null
    );
    create index address_signatures_by_window on address_signatures (window_start);

    -- By template of a path and by signature: which networks were served, and which were not. Bits
    -- of a sketch: who they were cannot be told from it.
    create table site_knowledge (
      day     date not null,
      subject text not null,
      served  bit(64) not null,
      missed  bit(64) not null,
      primary key (day, subject)
    );
  `)
}

export async function down(knex: Knex): Promise<void> {
  await knex.raw(`
    drop table site_knowledge, address_signatures;
    alter table address_rollups
      drop column robot_requests, drop column nameless_requests, drop column auth_attempts,
      drop column auth_failures, drop column without_referer, drop column sequential_ids,
      drop column depth, drop column claims, drop column served, drop column missed;
    drop function smallest_hashes;
  `)
}
