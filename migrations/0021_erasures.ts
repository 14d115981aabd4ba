import type { Knex } from 'knex'

/**
 * What was erased, until nobody can have records of it any more: an instance whose spool held some
 * while the rows were deleted must not write them afterwards.
 */
export async function up(knex: Knex): Promise<void> {
  await knex.raw(`
    -- A keyed hash, not the address: whoever is erased is in no table.
    create table erasures (
      address_hash text primary key,
      erased_at    timestamptz not null
    );
  `)
}

export async function down(knex: Knex): Promise<void> {
  await knex.raw('drop table erasures')
}
