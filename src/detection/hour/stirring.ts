import type { Knex } from 'knex'
import { WINDOW_MS } from '../../request-log/roll-ups'
import { HOUR_MS, startOfHour } from './in-database'

/** Addresses looked at between the hours, those with most evidence first. */
const MOST_ADDRESSES = 5_000
/** Requests in ten minutes from which an address is looked at whatever it asks for. */
const MANY_REQUESTS = 60

/**
 * Who has lately done what may be an attack: something was refused or missing, or sensitive, or
 * there was a lot of it. Reads the roll-ups of the last two windows, and of a folded hour the rows
 * that end in them.
 */
const STIRRING = `
  select ip_address as address,
         sum(requests)::int as requests,
         sum(denied + not_found + other_client_errors + auth_failures)::int as trouble
    from address_rollups
   where evidence
     and window_start < :end
     and (window_start >= :since or (window_start = :hour and last_seen >= :since))
   group by ip_address
  having sum(denied + not_found + other_client_errors + server_errors + auth_failures) > 0
      or sum(requests) >= ${MANY_REQUESTS}
      or bool_or(sensitive_path is not null)
   order by trouble desc, requests desc
   limit ${MOST_ADDRESSES}`

const SIGNED = `
  select ip_address as address, sum(requests)::int as requests
    from address_signatures
   where window_start < :end and (window_start >= :since or window_start = :hour)
   group by ip_address
   limit ${MOST_ADDRESSES}`

/** The addresses worth a look, each with a text that changes when it has done more. */
export type Stirring = Map<string, string>

/** Who is worth a look, by the time of `now`, in the hour that begins at `hour`. */
export async function findStirring(knex: Knex, hour: Date, now: Date): Promise<Stirring> {
  const windows = Math.floor(now.getTime() / WINDOW_MS) * WINDOW_MS - WINDOW_MS
  const since = new Date(Math.max(windows, hour.getTime()))
  const bindings = { since, hour, end: endOfHour(hour) }
  const found: Stirring = new Map()
  const seen = await knex.raw<{
    rows: { address: string; requests: number; trouble: number }[]
  }>(STIRRING, bindings)
  for (const { address, requests, trouble } of seen.rows) {
    found.set(address, `${requests} ${trouble}`)
  }
  const signed = await knex.raw<{ rows: { address: string; requests: number }[] }>(SIGNED, bindings)
  for (const { address, requests } of signed.rows) {
    found.set(address, `${found.get(address) ?? ''} ${requests}`)
  }
  return found
}

/** The hours that the last two windows are in: one, or two at the turn of the hour. */
export function runningHours(now: Date): Date[] {
  const current = startOfHour(now)
  const before = startOfHour(new Date(now.getTime() - 2 * WINDOW_MS))
  return before.getTime() === current.getTime() ? [current] : [before, current]
}

/** When an hour is over. */
export function endOfHour(hour: Date): Date {
  return new Date(hour.getTime() + HOUR_MS)
}
