import type { Knex } from 'knex'

/**
 * How many different addresses came, in a few kilobytes per quarter of an hour: to find it out from
 * the log, all of it has to be read.
 */
export async function up(knex: Knex): Promise<void> {
  await knex.raw(`
    -- A writer has rows of its own, so that no two ever wait for the same one. Sketches of whole
    -- addresses go when addresses are truncated; those of networks are then what counts.
    create table traffic_addresses (
      quarter   timestamptz not null,
      writer    uuid not null,
      addresses bit(20480),
      networks  bit(20480) not null,
      primary key (quarter, writer)
    );
  `)
}

export async function down(knex: Knex): Promise<void> {
  await knex.raw('drop table traffic_addresses')
}
