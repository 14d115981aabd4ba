import type { Knex } from 'knex'
import { CopyRows, copyInto } from '../src/platform/copy'
import type { RollUpTable } from '../src/request-log/roll-up-table'

const COLUMNS = [
  'window_start',
  'ip_address',
  'signature',
  'requests',
  'missed',
  'targets',
  'example',
]

/** The hits of several rows: what `SignatureCounts.add` does, in SQL. */
const MERGED = `sum(requests)::int as requests, sum(missed)::int as missed, bit_or(targets) as targets,
   max(example collate "C") as example`

/** What requests of an address are known for, beside its roll-ups: few have any. */
export const addressSignatures = {
  /** All columns but the key, merged: for a select that groups. */
  merged: MERGED,

  /** The hits of roll-ups made ready for `append`; undefined when there are none. */
  encode({ keys }: RollUpTable): Buffer | undefined {
    const known = keys.filter(({ evidence, signatures }) => evidence && signatures)
    if (known.length === 0) return undefined
    const rows = new CopyRows(COLUMNS.length, known.length)
    for (const { windowStart, ipAddress, signatures } of known) {
      for (const { name, requests, missed, targets, example } of signatures!.list()) {
        rows.row()
        rows.timestamptz(windowStart)
        rows.inet(ipAddress)
        rows.text(name)
        rows.int4(requests)
        rows.int4(missed)
        rows.int4(targets)
        rows.text(example)
      }
    }
    return rows.finish()
  },

  async append(trx: Knex, encoded: Buffer): Promise<void> {
    await copyInto(trx, 'address_signatures', COLUMNS, encoded)
  },

  /** Makes one row per address (as `address`, an expression, has it) and signature of all that came since `hour` and before `end`. */
  async fold(trx: Knex, hour: Date, end: Date, address: string): Promise<void> {
    await trx.raw(
      `with taken as (
         delete from address_signatures
          where window_start >= :hour and window_start < :end
          returning *, ${address} as stored_address
       )
       insert into address_signatures (${COLUMNS})
       select cast(:hour as timestamptz), stored_address, signature, ${MERGED}
         from taken
        group by stored_address, signature`,
      { hour, end },
    )
  },
}
