import type { Knex } from 'knex'

/** How many different things an address asked for that match a signature: one said again is no search. */
export async function up(knex: Knex): Promise<void> {
  await knex.raw(`
    -- One bit of 32 for each target, by its hash; none in rows of an earlier version.
    alter table address_signatures add column targets integer not null default 0;
  `)
}

export async function down(knex: Knex): Promise<void> {
  await knex.raw('alter table address_signatures drop column targets')
}
