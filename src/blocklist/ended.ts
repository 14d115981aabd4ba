import type { Knex } from 'knex'
import type { Models } from '../../models'
import type { BlockedIP } from '../../models/blocked-ip'
import { comeForward, lockBlocklist } from './shadowed'

/** Who is named in the audit log when nobody did anything: time passed. */
const NOBODY = 'portcullis'

/** Blocks ended in one transaction. */
const MOST_AT_ONCE = 1_000

/**
 * How long before its end a block makes way for a list that holds the network for longer. More
 * than the minute between two looks, so that there is no gap in which the network is open.
 */
const AHEAD = "interval '90 seconds'"

const ENDED = "source <> 'import' and expires_at <= now()"
const RELIEVED = `
  expires_at <= now() + ${AHEAD}
  and exists (select from shadowed_blocks as waiting
               where waiting.ip_address = blocked_ips.ip_address
                 and (waiting.expires_at is null or waiting.expires_at > blocked_ips.expires_at))`

/**
 * Entries of lists that have ended go together, every two hours: each such change makes every
 * instance look at its list again. Nobody is refused by them meanwhile.
 */
const LEFT_BEHIND = "source = 'import' and expires_at <= now() - interval '2 hours'"

type Tables = Pick<Models, 'AuditEntry' | 'BlockedIP'>

/** Removes blocks that are over, and notes the end of each in the audit log: their history. */
export async function endBlocks(
  trx: Knex.Transaction,
  { AuditEntry, BlockedIP }: Tables,
  blocks: readonly BlockedIP[],
): Promise<void> {
  const noted = blocks.filter(({ source }) => source !== 'import')
  if (noted.length > 0) {
    await AuditEntry.query(trx).insert(
      noted.map(({ ipAddress, reason, source, blockedBy, blockedAt, expiresAt }) => ({
        at: new Date(Math.min(Date.now(), expiresAt?.getTime() ?? Number.POSITIVE_INFINITY)),
        actor: NOBODY,
        action: 'block.expire',
        subject: ipAddress,
        details: { reason, source, blockedBy, blockedAt, expiresAt },
      })),
    )
  }
  await BlockedIP.query(trx)
    .delete()
    .whereIn(
      'id',
      blocks.map(({ id }) => id),
    )
}

/**
 * Does what is due when blocks end: their end becomes history, their rows go, and the entry of a
 * list that waited behind one comes forward. Every minute, by any number of instances; asks one
 * cheap question when nothing is due. Answers how many rows went.
 */
export async function settleEnded(knex: Knex, models: Tables): Promise<number> {
  const { BlockedIP } = models
  const due = await BlockedIP.query()
    .whereRaw(`(${ENDED}) or (${RELIEVED}) or (${LEFT_BEHIND})`)
    .limit(1)
    .first()
  if (!due) return 0

  let total = 0
  for (let more = true; more; ) {
    more = await knex.transaction(async (trx) => {
      await lockBlocklist(trx)
      const over = await BlockedIP.query(trx)
        .whereRaw(`(${ENDED}) or (${RELIEVED})`)
        .limit(MOST_AT_ONCE)
      await endBlocks(trx, models, over)
      await comeForward(trx)
      total += over.length
      return over.length === MOST_AT_ONCE
    })
  }
  total += await forgetLists(knex)
  await knex.raw(
    'delete from block_hits where not exists (select from blocked_ips where id = block_id)',
  )
  return total
}

async function forgetLists(knex: Knex): Promise<number> {
  const { rowCount } = await knex.raw<{ rowCount: number }>(
    `delete from blocked_ips
      where source = 'import' and expires_at <= now()
        and exists (select from blocked_ips where ${LEFT_BEHIND})`,
  )
  if (rowCount > 0) await knex('shadowed_blocks').whereRaw('expires_at <= now()').delete()
  return rowCount
}
