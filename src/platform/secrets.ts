import { randomBytes } from 'node:crypto'
import type { Knex } from 'knex'

const BYTES = 32

/**
 * A secret that all instances on one database share, made when it is first asked for: 256 random
 * bits for keyed hashes. Throws when the database does not answer.
 */
export async function sharedSecret(knex: Knex, name: string): Promise<Buffer> {
  await knex.raw('insert into secrets (name, value) values (?, ?) on conflict do nothing', [
    name,
    randomBytes(BYTES),
  ])
  const { value } = await knex('secrets').first('value').where({ name })
  return value
}
