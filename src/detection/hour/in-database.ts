import type { Knex } from 'knex'
import { addressSignatures } from '../../../models/address-signature'
import { inParts } from '../../platform/parts'
import { SignatureCounts } from '../../request-log/signature-hits'
import { rollUpEarlierRows } from './earlier-rows'
import type { Tally } from './tally'
import { mergedRollUps, TallyReader } from './tally-row'

export const HOUR_MS = 3_600_000

/** What addresses are read by parts of (`inParts`). */
export const ADDRESS_HASH = 'hashinet(ip_address)'

/**
 * The tallies of every address seen in the hour that begins at `hour`, from its roll-ups: the cost
 * grows with the number of addresses, not with that of their requests. `among` leaves only those.
 */
export async function tallyHour(
  knex: Knex,
  hour: Date,
  sensitivePaths: readonly string[],
  among?: readonly string[],
): Promise<Tally[]> {
  await rollUpEarlierRows(knex, hour, sensitivePaths)
  const within = withinHour(hour, among)
  const known = await signaturesOf(knex, within)
  const reader = new TallyReader(sensitivePaths)
  const tallies: Tally[] = []
  const evidence = (part: string) => mergedRollUps(`${within} and evidence and ${part}`)
  await inParts(knex, ADDRESS_HASH, evidence, (row) => {
    const tally = reader.read(row)
    // Of an address that came between the two queries there are none yet.
    const counts = known.size === 0 ? undefined : known.get(tally.address)
    if (counts) tally.signatures = counts.list()
    tallies.push(tally)
  })
  return tallies
}

async function signaturesOf(knex: Knex, within: string): Promise<Map<string, SignatureCounts>> {
  const known = new Map<string, SignatureCounts>()
  const merged = (part: string) => `
    select ip_address, signature, ${addressSignatures.merged}
      from address_signatures
     where ${within} and ${part}
     group by ip_address, signature`
  await inParts(knex, ADDRESS_HASH, merged, (row) => {
    const address = row.inet()
    const counts = known.get(address) ?? new SignatureCounts()
    known.set(address, counts)
    counts.add({
      name: row.text()!,
      requests: row.int4(),
      missed: row.int4(),
      targets: row.int4(),
      example: row.text()!,
    })
  })
  return known
}

/** The rows of an hour, of all addresses or of some, as a condition in SQL. */
function withinHour(hour: Date, among?: readonly string[]): string {
  const end = new Date(hour.getTime() + HOUR_MS)
  const times = `window_start >= '${hour.toISOString()}' and window_start < '${end.toISOString()}'`
  return among ? `${times} and ip_address = any ('{${among.map(quoted).join()}}'::inet[])` : times
}

/** As an element of an array in SQL; throws when it is none of our addresses or networks. */
function quoted(address: string): string {
  if (!/^[\da-f:./]+$/i.test(address)) throw new Error(`not an address: ${address}`)
  return address
}

/** The hours from `from` on and before `to` in which there were requests, the oldest first. */
export async function busyHours(knex: Knex, from: Date, to: Date): Promise<Date[]> {
  const { rows } = await knex.raw<{ rows: { hour: Date }[] }>(
    `select hour
       from generate_series(?::timestamptz, ?::timestamptz, interval '1 hour') as hours (hour)
      where hour < ?::timestamptz
        and exists (select from request_logs
                     where timestamp >= hour and timestamp < hour + interval '1 hour')
      order by hour`,
    [startOfHour(from), to, to],
  )
  return rows.map(({ hour }) => hour)
}

/** The full UTC hour at or before `time`. */
export function startOfHour(time: Date): Date {
  return new Date(Math.floor(time.getTime() / HOUR_MS) * HOUR_MS)
}
