import type { Knex } from 'knex'
import { inParts } from '../../platform/parts'
import { WINDOW_MS } from '../../request-log/roll-ups'
import { ADDRESS_HASH, HOUR_MS, startOfHour } from './in-database'

/** Addresses looked at between the hours, those with most evidence first. */
const MOST_ADDRESSES = 5_000
/** Requests in ten minutes from which an address is looked at whatever it asks for. */
const MANY_REQUESTS = 60

/** The addresses worth a look, each with a text that changes when it has done more. */
export type Stirring = Map<string, string>

/**
 * Who has lately done what may be an attack, by the time of `now`, in the hour that begins at `hour`:
 * something was refused or missing, or sensitive, or there was a lot of it, or it is known for
 * something. Reads what was written for the last two windows, and of a folded hour what ends in them.
 */
export async function findStirring(knex: Knex, hour: Date, now: Date): Promise<Stirring> {
  const windows = Math.floor(now.getTime() / WINDOW_MS) * WINDOW_MS - WINDOW_MS
  const range = {
    since: new Date(Math.max(windows, hour.getTime())).toISOString(),
    hour: hour.toISOString(),
    end: endOfHour(hour).toISOString(),
  }
  const found: Stirring = new Map()
  for (const { address, requests, trouble } of await troubled(knex, range)) {
    found.set(address, `${requests} ${trouble}`)
  }
  for (const { address, requests } of await signed(knex, range)) {
    found.set(address, `${found.get(address) ?? ''} ${requests}`)
  }
  return found
}

interface Range {
  since: string
  hour: string
  end: string
}

async function troubled(knex: Knex, { since, hour, end }: Range) {
  const rows: { address: string; requests: number; trouble: number }[] = []
  const select = (part: string) => `
    select ip_address, sum(requests)::int as requests,
           sum(denied + not_found + other_client_errors + auth_failures)::int as trouble
      from address_rollups
     where evidence and ${part}
       and window_start < '${end}'
       and (window_start >= '${since}' or (window_start = '${hour}' and last_seen >= '${since}'))
     group by ip_address
    having sum(denied + not_found + other_client_errors + server_errors + auth_failures) > 0
        or sum(requests) >= ${MANY_REQUESTS}
        or bool_or(sensitive_path is not null)
     order by trouble desc, requests desc
     limit ${MOST_ADDRESSES}`
  await inParts(knex, ADDRESS_HASH, select, (row) => {
    rows.push({ address: row.inet(), requests: row.int4(), trouble: row.int4() })
  })
  rows.sort((a, b) => b.trouble - a.trouble || b.requests - a.requests)
  return rows.slice(0, MOST_ADDRESSES)
}

async function signed(knex: Knex, { since, hour, end }: Range) {
  const rows: { address: string; requests: number }[] = []
  const select = (part: string) => `
    select ip_address, sum(requests)::int as requests
      from address_signatures
     where ${part}
       and window_start < '${end}' and (window_start >= '${since}' or window_start = '${hour}')
     group by ip_address
     order by requests desc
     limit ${MOST_ADDRESSES}`
  await inParts(knex, ADDRESS_HASH, select, (row) => {
    rows.push({ address: row.inet(), requests: row.int4() })
  })
  rows.sort((a, b) => b.requests - a.requests)
  return rows.slice(0, MOST_ADDRESSES)
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
