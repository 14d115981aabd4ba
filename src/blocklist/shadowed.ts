import type { Knex } from 'knex'
import type { Network } from '../net/network'

/*
 * A network has one row in blocked_ips. When a list names a network that a person, the detection or
 * another list blocks already, its entry waits in shadowed_blocks: it comes forward when that row
 * goes, and nothing that anybody said is lost.
 */

/**
 * Has the blocklist for this transaction alone: whoever changes it moves its revision, and waits
 * here. Readers do not wait.
 */
export async function lockBlocklist(trx: Knex.Transaction): Promise<void> {
  await trx.raw("select value from revisions where name = 'blocklist' for update")
}

/** Puts the entry of a list behind the block that is to take its row. */
export async function stepBehind(trx: Knex.Transaction, network: Network): Promise<void> {
  await trx.raw(
    `with behind as (
       delete from blocked_ips
        where ip_address = ? and source = 'import' and (expires_at is null or expires_at > now())
       returning ip_address, source_name, reason, blocked_by, blocked_at, expires_at)
     insert into shadowed_blocks (ip_address, source_name, reason, blocked_by, blocked_at, expires_at)
     select * from behind
         on conflict do nothing`,
    [network],
  )
}

/** Brings forward one entry for each network that has no row any more: the one that lasts longest. */
export async function comeForward(trx: Knex.Transaction): Promise<void> {
  await trx.raw(
    `with next as (
       select distinct on (ip_address) *
         from shadowed_blocks as waiting
        where (expires_at is null or expires_at > now())
          and not exists (select from blocked_ips where blocked_ips.ip_address = waiting.ip_address)
        order by ip_address, expires_at desc nulls first, blocked_at
     ), forward as (
       insert into blocked_ips (ip_address, reason, source, source_name, blocked_by, blocked_at, expires_at)
       select ip_address, reason, 'import', source_name, blocked_by, blocked_at, expires_at from next
       returning ip_address, source_name)
     delete from shadowed_blocks using forward
      where shadowed_blocks.ip_address = forward.ip_address
        and shadowed_blocks.source_name = forward.source_name`,
  )
}

/** The lists that name exactly this network now, whether or not theirs is the row. */
export async function listsNaming(knex: Knex, network: Network): Promise<string[]> {
  const { rows } = await knex.raw<{ rows: { name: string }[] }>(
    `select source_name as name from blocked_ips
      where ip_address = :network and source = 'import' and (expires_at is null or expires_at > now())
     union
     select source_name from shadowed_blocks
      where ip_address = :network and (expires_at is null or expires_at > now())
      order by name`,
    { network },
  )
  return rows.map(({ name }) => name)
}
