import type { Knex } from 'knex'
import type { Client } from 'pg'
import { copyIn, copyOut as textOf } from '../test/support/copy'

/** The text of `copy … to stdout`. */
export function copyOut(knex: Knex, sql: string): Promise<string> {
  return withClient(knex, (client) => textOf(client, sql))
}

/** Runs `copy … from stdin` with a text that is ready. */
export function copyText(knex: Knex, sql: string, text: string): Promise<void> {
  return withClient(knex, (client) => copyIn(client, sql, [text]))
}

async function withClient<Result>(
  knex: Knex,
  work: (client: Client) => Promise<Result>,
): Promise<Result> {
  const client: Client = await knex.client.acquireConnection()
  try {
    return await work(client)
  } finally {
    await knex.client.releaseConnection(client)
  }
}
