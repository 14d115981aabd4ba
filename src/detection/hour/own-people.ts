import type { Knex } from 'knex'
import { HOUR_MS } from './in-database'
import type { Tally } from './tally'

/** Addresses that are asked about in one hour, the quietest first: who asks on and on is judged for it. */
const MOST_ADDRESSES = 2_000
/** Who opened the page at the end of an hour signs in at the beginning of the next. */
const AFTERWARDS_MS = 15 * 60_000

/**
 * Takes from the tallies what people of this service asked for before they signed in to it: their
 * own way to `/admin` and `/login` is no finding. Whoever has an account shows it by a request that
 * was answered with a session, from the same address and in the same hour, or soon after; all else
 * that the address did still counts. With nobody who asked for something sensitive nothing is read.
 */
export async function leaveOutOwnPeople(
  knex: Knex,
  hour: Date,
  tallies: readonly Tally[],
): Promise<void> {
  const asked = tallies
    .filter(({ sensitive }) => Object.keys(sensitive).length > 0)
    .sort((a, b) => a.requests - b.requests)
    .slice(0, MOST_ADDRESSES)
  if (asked.length === 0) return

  const { rows } = await knex.raw<{ rows: { nth: number }[] }>(
    `select nth::int - 1 as nth
       from unnest(?::inet[]) with ordinality as asked (address, nth)
      where exists (select from request_logs
                     where ip_address = address
                       and timestamp >= ? and timestamp < ?
                       and source = 'service'
                       and status < 400
                       and account in (select email from accounts))`,
    [asked.map(({ address }) => address), hour, new Date(Number(hour) + HOUR_MS + AFTERWARDS_MS)],
  )
  for (const { nth } of rows) asked[nth]!.sensitive = {}
}
