import type { Knex } from 'knex'
import type { Models } from '../../models'
import type { Address } from '../net/address'
import { type Network, requireNetwork } from '../net/network'
import { settleEnded } from './ended'
import type { List } from './list/list'
import { comeForward, lockBlocklist } from './shadowed'

/** Networks of a difference that are named. */
const MOST_SHOWN = 20
/** A list that has lost more than nine in ten of its networks is rather a bad download. */
const LEAST_LEFT = 0.1

/** What an import changed, or would change. */
export interface Difference {
  /** Networks that the list names and did not name before. */
  added: number
  removed: number
  kept: number
  /** Of those it names now: blocked already by a person, the detection or another list. */
  blockedByOthers: number
  firstAdded: Network[]
  firstRemoved: Network[]
  /** Of a dry run: why the import would be refused unless it is forced. */
  refusal: string | null
}

export interface ImportOptions {
  /** Name of the list. */
  source: string
  by: string
  from?: Address | undefined
  /** Only finds out the difference. */
  dryRun: boolean
  /** Also puts a list in force that is empty, cut off or far shorter than before. */
  force: boolean
}

/** A list that would harm more than it helps; nothing was changed. `message` says how to insist. */
export class ListRefused extends Error {
  override name = 'ListRefused'
  readonly code: Refusal['code']

  constructor({ code, why }: Refusal) {
    super(`${why} Nothing was changed. To take it all the same, say so: --force, or force=true.`)
    this.code = code
  }
}

interface Refusal {
  code: 'empty_list' | 'unusable_list' | 'cut_off_list' | 'shrunk_list'
  why: string
}

/**
 * Makes the networks of a list the blocks of `source`, in place of those of its former import, in
 * one transaction. What a person, the detection or another list blocks stays theirs, and what the
 * list says of it waits behind. Throws `ListRefused` for a list that looks like a bad download.
 */
export async function importBlocks(
  knex: Knex,
  models: Pick<Models, 'AuditEntry' | 'BlockedIP'>,
  list: List,
  options: ImportOptions,
): Promise<Difference> {
  const { source, by, from, dryRun, force } = options
  await settleEnded(knex, models)
  const trx = await knex.transaction()
  try {
    const listed = await stage(trx, list)
    await lockBlocklist(trx)
    const refusal = refusalOf(list, source, listed, await heldBy(trx, source))
    if (refusal && !force && !dryRun) throw new ListRefused(refusal)

    const removed = await removeUnlisted(trx, source)
    const kept = await renew(trx, source)
    const added = await addListed(trx, source, by)
    const counts = { added: listed - kept, removed: removed.networks, kept }
    const others = { blockedByOthers: await behindOthers(trx, source) }
    await models.AuditEntry.query(trx).insert({
      actor: by,
      action: 'blocklist.import',
      subject: source,
      details: {
        ...counts,
        ...others,
        rejected: list.rejected.lines,
        forced: force && (refusal !== undefined || list.forced.lines > 0),
      },
      ipAddress: from ?? null,
    })
    await (dryRun ? trx.rollback() : trx.commit())
    return {
      ...counts,
      ...others,
      firstAdded: added.first,
      firstRemoved: removed.first,
      refusal: (!force && refusal?.why) || null,
    }
  } catch (error) {
    if (!trx.isCompleted()) await trx.rollback()
    throw error
  }
}

/** Before the blocklist is locked: most of the time goes into this. Answers how many there are. */
async function stage(trx: Knex.Transaction, { batches }: List): Promise<number> {
  await trx.raw(
    'create temporary table staged (ip_address cidr, reason text, expires_at timestamptz) on commit drop',
  )
  for (const { networks, reasons, ends } of batches) {
    await trx.raw(
      `insert into staged
       select ip_address, reason, to_timestamp(ends)
         from unnest(?::cidr[], ?::text[], ?::float8[]) as batch (ip_address, reason, ends)`,
      [networks, reasons ?? '{}', ends ?? '{}'] as Knex.RawBinding[],
    )
  }
  // Of a network that is listed twice, the entry counts that lasts longest.
  await trx.raw(
    `create temporary table listed on commit drop as
     select distinct on (ip_address) ip_address, reason, expires_at
       from staged
      order by ip_address, expires_at desc nulls first`,
  )
  await trx.raw('create unique index on listed (ip_address)')
  await trx.raw('analyze listed')
  return count(trx, 'select count(*) from listed')
}

function heldBy(trx: Knex.Transaction, source: string): Promise<number> {
  return count(
    trx,
    `select (select count(*) from blocked_ips where source = 'import' and source_name = :source)
          + (select count(*) from shadowed_blocks where source_name = :source) as count`,
    { source },
  )
}

function refusalOf(list: List, source: string, listed: number, held: number): Refusal | undefined {
  if (listed === 0 && list.rejected.lines > 0) {
    return { code: 'unusable_list', why: 'Nothing in the list can be used.' }
  }
  if (listed === 0) return { code: 'empty_list', why: 'The list is empty.' }
  if (list.cutOff) return { code: 'cut_off_list', why: `The list is cut off: ${list.cutOff}.` }
  if (listed >= held * LEAST_LEFT) return undefined
  const why = `The list names ${listed} networks, and the former list of ${source} named ${held}.`
  return { code: 'shrunk_list', why }
}

async function removeUnlisted(trx: Knex.Transaction, source: string): Promise<Changed> {
  const unlisted = (table: string) =>
    `not exists (select from listed where listed.ip_address = ${table}.ip_address)`
  const removed = await change(
    trx,
    `with behind as (
       delete from shadowed_blocks
        where source_name = :source and ${unlisted('shadowed_blocks')}
       returning ip_address
     ), ahead as (
       delete from blocked_ips
        where source = 'import' and source_name = :source and ${unlisted('blocked_ips')}
       returning ip_address
     ), changed as (select * from behind union all select * from ahead)`,
    { source },
  )
  await comeForward(trx)
  return removed
}

/** Gives what is still listed its new end and reason; answers how much of it there is. */
async function renew(trx: Knex.Transaction, source: string): Promise<number> {
  const changed = (table: string) => `
    update ${table}
       set reason = ${REASON}, expires_at = listed.expires_at
      from listed
     where ${table}.ip_address = listed.ip_address and source_name = :source
       and (${table}.reason, ${table}.expires_at) is distinct from (${REASON}, listed.expires_at)`
  await trx.raw(`${changed('blocked_ips')} and source = 'import'`, { source })
  await trx.raw(changed('shadowed_blocks'), { source })
  return heldBy(trx, source)
}

async function addListed(trx: Knex.Transaction, source: string, by: string): Promise<Changed> {
  await trx.raw(
    `delete from blocked_ips using listed
      where blocked_ips.ip_address = listed.ip_address and blocked_ips.source = 'import'
        and blocked_ips.expires_at <= now()
        and source_name <> :source`,
    { source },
  )
  return change(
    trx,
    `with added as (
       select listed.* from listed
        where not exists (select from shadowed_blocks as behind
                           where behind.ip_address = listed.ip_address and behind.source_name = :source)
          and not exists (select from blocked_ips as ahead
                           where ahead.ip_address = listed.ip_address
                             and ahead.source = 'import' and ahead.source_name = :source)
     ), ahead as (
       insert into blocked_ips (ip_address, reason, source, source_name, blocked_by, expires_at)
       select listed.ip_address, ${REASON}, 'import', :source, :by, listed.expires_at
         from added as listed
           on conflict (ip_address) do nothing
       returning ip_address
     ), behind as (
       insert into shadowed_blocks (ip_address, source_name, reason, blocked_by, expires_at)
       select listed.ip_address, :source, ${REASON}, :by, listed.expires_at
         from added as listed
        where not exists (select from ahead where ahead.ip_address = listed.ip_address)
     ), changed as (select ip_address from added)`,
    { source, by },
  )
}

function behindOthers(trx: Knex.Transaction, source: string): Promise<number> {
  return count(trx, 'select count(*) from shadowed_blocks where source_name = :source', { source })
}

const REASON = `'listed by ' || :source || coalesce(': ' || listed.reason, '')`

interface Changed {
  networks: number
  first: Network[]
}

/** Runs `sql`, which ends with a common table expression `changed`, and tells what that holds. */
async function change(
  trx: Knex.Transaction,
  sql: string,
  bindings: Record<string, string>,
): Promise<Changed> {
  const { rows } = await trx.raw<{ rows: [{ networks: number; first: string[] }] }>(
    `${sql}
     select count(*) as networks,
            array(select ip_address::text from changed order by changed.ip_address limit ${MOST_SHOWN}) as first
       from changed`,
    bindings,
  )
  const { networks, first } = rows[0]
  return { networks, first: first.map(requireNetwork) }
}

async function count(
  trx: Knex.Transaction,
  sql: string,
  bindings: Record<string, string> = {},
): Promise<number> {
  const { rows } = await trx.raw<{ rows: [{ count: number }] }>(sql, bindings)
  return rows[0].count
}
