import type { Knex } from 'knex'

/** A name for each finding, short enough to be told on the telephone. */
export async function up(knex: Knex): Promise<void> {
  await knex.raw(`
    -- Findings that are there already get one by chance, and keep it.
    alter table suspicious_ips
      add column incident text not null default left(replace(gen_random_uuid()::text, '-', ''), 10);
    create index suspicious_ips_by_incident on suspicious_ips (incident);
  `)
}

export async function down(knex: Knex): Promise<void> {
  await knex.raw('alter table suspicious_ips drop column incident')
}
