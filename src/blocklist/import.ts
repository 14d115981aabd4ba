import type { Knex } from 'knex'
import type { Models } from '../../models'
import { type Network, requireNetwork } from '../net/network'
import { ownPrivateAddresses, refusalOf } from './guards'
import { readListLine } from './list-line'

/** Networks bound to one statement. */
const BATCH = 10_000
/** Rejected lines that are named; the others are counted. */
const MOST_NAMED = 10
/** Networks of a difference that are named. */
const MOST_SHOWN = 20

/** A list as it was read, ready to be put in force. */
export interface List {
  networks: Network[]
  rejected: { lines: number; first: { line: number; reason: string }[] }
}

interface ReadOptions {
  trustedProxies: readonly Network[]
  /** Takes also what the guards refuse. */
  force: boolean
}

/** Reads a published list, whatever its kind; a line that cannot be used is counted and left out. */
export async function readList(
  lines: AsyncIterable<string>,
  { trustedProxies, force }: ReadOptions,
): Promise<List> {
  const networks = new Set<Network>()
  const guarded = { trustedProxies, own: ownPrivateAddresses() }
  const rejected: List['rejected'] = { lines: 0, first: [] }
  let line = 0
  for await (const text of lines) {
    line++
    try {
      for (const network of readListLine(text)) {
        const why = force ? undefined : refusalOf(network, guarded)
        if (why) throw new Error(`${network} ${why}.`)
        networks.add(network)
      }
    } catch (error) {
      rejected.lines++
      const reason = (error as Error).message
      if (rejected.first.length < MOST_NAMED) rejected.first.push({ line, reason })
    }
  }
  return { networks: [...networks], rejected }
}

/** What an import changed, or would change. */
export interface Difference {
  added: number
  removed: number
  /** Listed, and blocked already: by this source or by somebody else, who keeps the block. */
  kept: number
  firstAdded: Network[]
  firstRemoved: Network[]
}

interface ImportOptions {
  source: string
  by: string
  /** Only finds out the difference. */
  dryRun: boolean
}

/**
 * Makes `networks` the blocks of `source`, in place of those of its former import, in one
 * transaction. What a person, the detection or another source blocks stays theirs.
 */
export async function importBlocks(
  knex: Knex,
  models: Pick<Models, 'AuditEntry'>,
  networks: readonly Network[],
  { source, by, dryRun }: ImportOptions,
): Promise<Difference> {
  const trx = await knex.transaction()
  try {
    await stage(trx, networks)
    const removed = await removeUnlisted(trx, source)
    const added = await addListed(trx, source, by)
    const counts = {
      added: added.networks,
      removed: removed.networks,
      kept: networks.length - added.networks,
    }
    await models.AuditEntry.query(trx).insert({
      actor: by,
      action: 'blocklist.import',
      subject: source,
      details: counts,
    })
    await (dryRun ? trx.rollback() : trx.commit())
    return { ...counts, firstAdded: added.first, firstRemoved: removed.first }
  } catch (error) {
    if (!trx.isCompleted()) await trx.rollback()
    throw error
  }
}

async function stage(trx: Knex.Transaction, networks: readonly Network[]): Promise<void> {
  await trx.raw('create temporary table listed (ip_address cidr primary key) on commit drop')
  for (let start = 0; start < networks.length; start += BATCH) {
    const batch = networks.slice(start, start + BATCH)
    await trx.raw('insert into listed select * from unnest(?::cidr[])', [batch])
  }
}

function removeUnlisted(trx: Knex.Transaction, source: string): Promise<Changed> {
  return change(
    trx,
    `delete from blocked_ips
      where source = 'import' and source_name = ?
        and not exists (select from listed where listed.ip_address = blocked_ips.ip_address)
     returning ip_address`,
    [source],
  )
}

function addListed(trx: Knex.Transaction, source: string, by: string): Promise<Changed> {
  return change(
    trx,
    `insert into blocked_ips (ip_address, reason, source, source_name, blocked_by)
     select ip_address, ?, 'import', ?, ? from listed
         on conflict (ip_address) do update
        set reason = excluded.reason, source = excluded.source, blocked_by = excluded.blocked_by,
            source_name = excluded.source_name, blocked_at = now(), expires_at = null
      where blocked_ips.expires_at <= now()
     returning ip_address`,
    [`listed by ${source}`, source, by],
  )
}

interface Changed {
  networks: number
  first: Network[]
}

async function change(
  trx: Knex.Transaction,
  sql: string,
  bindings: Knex.RawBinding[],
): Promise<Changed> {
  const { rows } = await trx.raw<{ rows: [{ networks: number; first: string[] }] }>(
    `with changed as (${sql})
     select count(*) as networks,
            array(select ip_address::text from changed order by changed.ip_address limit ${MOST_SHOWN}) as first
       from changed`,
    bindings,
  )
  const { networks, first } = rows[0]
  return { networks, first: first.map(requireNetwork) }
}
