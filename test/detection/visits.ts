import type { Knex } from 'knex'
import { addressRollups } from '../../models/address-rollup'
import { type NewRequest, RequestLog } from '../../models/request-log'
import type { Address } from '../../src/net/address'
import type { LogEntry } from '../../src/request-log/entry'
import { dayOf, ensurePartitions } from '../../src/request-log/partitions'
import { RollUps } from '../../src/request-log/roll-ups'

/** A visit that nobody would find odd, except for what is given. */
export function visit(given: Partial<Omit<LogEntry, 'address'>> & { address: string }): LogEntry {
  return {
    timestamp: Date.parse('2026-03-01T10:00:00Z'),
    method: 'GET',
    path: '/',
    query: '',
    status: 200,
    durationMs: 1,
    bytes: 1_000,
    userAgent: 'Mozilla/5.0 (X11; Linux x86_64; rv:140.0) Gecko/20100101 Firefox/140.0',
    account: null,
    source: 'ingest',
    ...given,
    address: given.address as Address,
  }
}

/** As many visits, `everyMs` apart. */
export function visits(
  count: number,
  everyMs: number,
  given: Parameters<typeof visit>[0],
): LogEntry[] {
  const first = visit(given)
  return Array.from({ length: count }, (_, i) => ({
    ...first,
    timestamp: first.timestamp + i * everyMs,
  }))
}

/** Ordinary visitors of the hour, each with a few pages. */
export function ordinaryVisitors(count: number, hour: Date): LogEntry[] {
  return Array.from({ length: count }, (_, i) => {
    const start = hour.getTime() + ((i * 37) % 55) * 60_000
    const pages = 1 + (i % 5)
    return Array.from({ length: pages }, (_, page) =>
      visit({
        address: `198.51.100.${i % 256}`,
        timestamp: start + page * (5_000 + ((i * page * 7_919) % 20_000)),
        path: `/articles/${(i * 3 + page) % 20}`,
        bytes: 2_000 + ((i * 733 + page * 131) % 9_000),
      }),
    )
  }).flat()
}

/** Puts visits into the request log, as its writer does. */
export async function store(
  knex: Knex,
  entries: readonly LogEntry[],
  rollUps = new RollUps(['/admin', '/login']),
): Promise<void> {
  await ensurePartitions(knex, new Set(entries.map(({ timestamp }) => dayOf(timestamp))))
  const place = { country: null, city: null, asn: null }
  const rows = entries.map(({ address, ...entry }) => ({ ipAddress: address, ...entry, ...place }))
  await storeRows(knex, rows)
  const rolling = rollUps.begin()
  rolling.add(rows)
  await addressRollups.append(knex, addressRollups.encode(rolling.table))
}

/** Puts rows into the request log, and counts them nowhere. */
export async function storeRows(knex: Knex, rows: readonly NewRequest[]): Promise<void> {
  const encoder = RequestLog.encoder(rows.length)
  for (const row of rows) encoder.add(row)
  await RequestLog.write(knex, encoder.finish())
}
