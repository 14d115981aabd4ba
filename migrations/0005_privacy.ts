import type { Knex } from 'knex'

/** What the ways of storing less need: keys of pseudonyms, and a mark on requests of people who opted out. */
export async function up(knex: Knex): Promise<void> {
  await knex.raw(`
    -- One key per UTC day; without it nobody can go back from that day's pseudonyms.
    create table pseudonym_keys (
      day date primary key,
      key bytea not null
    );

    alter table request_logs add column opted_out boolean not null default false;
  `)
}

export async function down(knex: Knex): Promise<void> {
  await knex.raw(`
    alter table request_logs drop column opted_out;
    drop table pseudonym_keys;
  `)
}
