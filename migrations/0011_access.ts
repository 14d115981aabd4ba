import type { Knex } from 'knex'

/** By what people recognise their sessions. */
export async function up(knex: Knex): Promise<void> {
  await knex.raw(`
    alter table sessions
      add column ip_address inet,
      add column user_agent text;
  `)
}

export async function down(knex: Knex): Promise<void> {
  await knex.raw('alter table sessions drop column ip_address, drop column user_agent')
}
