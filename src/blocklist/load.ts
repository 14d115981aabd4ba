import type { Knex } from 'knex'
import { requireNetwork } from '../net/network'
import { inPages } from '../platform/pages'
import { type Block, Snapshot } from './snapshot'

/** Moves with every change of the two tables, by whomever. */
export async function readRevision(knex: Knex): Promise<number> {
  const { rows } = await knex.raw<{ rows: { value: number }[] }>(
    "select value from revisions where name = 'blocklist'",
  )
  return rows[0]?.value ?? 0
}

/** The blocks that have not ended, and the allowed networks. */
export async function loadSnapshot(knex: Knex): Promise<Snapshot> {
  const blocks: Block[] = []
  for await (const page of blockPages(knex)) {
    // Postgres writes some addresses differently, so all are read again.
    for (const row of page) blocks.push({ ...row, ipAddress: requireNetwork(row.ipAddress) })
  }
  const allowed = await knex.raw<{ rows: { ipAddress: string }[] }>(
    'select ip_address::text as "ipAddress" from allowed_networks order by ip_address',
  )
  return Snapshot.of(
    blocks,
    allowed.rows.map(({ ipAddress }) => requireNetwork(ipAddress)),
  )
}

/** Every block in force, sorted by network, some at a time. */
export function blockPages(knex: Knex): AsyncGenerator<Block[]> {
  return inPages<Block>(
    knex,
    `select ip_address::text as "ipAddress", reason, source, source_name as "sourceName",
            expires_at as "expiresAt"
       from blocked_ips
      where expires_at is null or expires_at > now()
      order by ip_address`,
    [],
  )
}
