import type { Knex } from 'knex'
import { addressRollups } from '../../../models/address-rollup'
import { pagesWithin } from '../../platform/pages'
import type { Rollable } from '../../request-log/roll-up'
import { RollUps } from '../../request-log/roll-ups'

const HOUR_MS = 3_600_000

const ROWS = `
  select ip_address as "ipAddress", (extract(epoch from timestamp) * 1000)::float as timestamp,
         method, path, query, status, bytes, user_agent as "userAgent", country, asn, account, source,
         opted_out as "optedOut"
    from request_logs
   where timestamp >= ? and timestamp < ?
   order by timestamp`

/**
 * Rolls up the requests of an hour that a version before the roll-ups has written; a single read
 * when there are none, as in every hour since. All or nothing, and once.
 */
export async function rollUpEarlierRows(
  knex: Knex,
  hour: Date,
  sensitivePaths: readonly string[],
): Promise<void> {
  const waiting = await knex('hours_to_roll_up').where({ hour }).first()
  if (!waiting) return

  const end = new Date(hour.getTime() + HOUR_MS)
  await knex.transaction(
    async (trx) => {
      const taken = await trx('hours_to_roll_up').where({ hour }).delete()
      if (taken === 0) return
      // Rows of the hour that came after the upgrade have roll-ups: all are made anew. What is
      // written meanwhile is neither deleted nor read, for the transaction sees one moment only.
      for (const table of ['address_rollups', 'address_signatures']) {
        await trx(table)
          .where('window_start', '>=', hour)
          .andWhere('window_start', '<', end)
          .delete()
      }
      const rollUps = new RollUps(sensitivePaths)
      for await (const page of pagesWithin<Rollable>(trx, ROWS, [hour, end])) {
        const rolling = rollUps.begin()
        rolling.add(page)
        await addressRollups.append(trx, addressRollups.encode(rolling.table))
      }
    },
    { isolationLevel: 'repeatable read' },
  )
}
