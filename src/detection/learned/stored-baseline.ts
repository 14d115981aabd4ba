import { createHmac, randomInt } from 'node:crypto'
import type { Knex } from 'knex'
import { sharedSecret } from '../../platform/secrets'
import { erasedSince } from '../hour/erased'
import type { Tally } from '../hour/tally'
import { networkOfStored } from '../site/stored-network'
import { Baseline, type BaselineRow } from './baseline'
import { FEATURE_SET } from './feature-set'
import { seededRandom } from './random'

const HASH_DIGITS = 16
const HOUR_MS = 3_600_000
/** How long ago somebody was blocked whose rows may still be among those of seven days. */
const BLOCKED_SINCE = "interval '8 days'"
const MOST_BLOCKS = 10_000

interface Row extends Omit<BaselineRow, 'hour' | 'observed'> {
  hour: Date
  observed: number[]
}

/** Names networks by a keyed hash, so that what is kept tells of nobody where they came from. */
export async function networkNamer(knex: Knex): Promise<(address: string) => string> {
  const key = await sharedSecret(knex, 'baseline networks')
  return (address) =>
    createHmac('sha256', key).update(networkOfStored(address)).digest('hex').slice(0, HASH_DIGITS)
}

/**
 * Adds the usual clients of an hour, with the scores that they got, to the baseline in the database,
 * takes back what was learned from networks that were blocked since, and answers the baseline. Of who
 * was erased since `readAt` (milliseconds), when the hour began to be read, nothing is kept. Instances
 * that do so at the same time wait for each other.
 */
export async function teachBaseline(
  knex: Knex,
  hour: Date,
  clients: readonly Tally[],
  scores?: ArrayLike<number>,
  readAt = Date.now(),
): Promise<Baseline> {
  const nameNetwork = await networkNamer(knex)
  const random = seededRandom(randomInt(2 ** 31))
  return knex.transaction(async (trx) => {
    const isErased = await erasedSince(trx, readAt)
    await trx.raw('lock table baseline_rows in share row exclusive mode')
    const rows = await readRows(trx)
    const baseline = new Baseline({ nameNetwork, random, rows })
    const kept = Array.from(clients.keys()).filter((nth) => !isErased(clients[nth]!.address))
    baseline.learnFrom(
      hour,
      kept.map((nth) => clients[nth]!),
      kept.map((nth) => scores?.[nth] ?? 0),
    )
    const blocked = await blockedAddresses(trx)
    baseline.forgetNetworks(new Set(blocked.map(nameNetwork)))
    await replaceRows(trx, rows, baseline.kept())
    return baseline
  })
}

/** Forgets what was learned from the networks of these addresses; answers how many rows that were. */
export async function forgetInBaseline(knex: Knex, addresses: readonly string[]): Promise<number> {
  const nameNetwork = await networkNamer(knex)
  return knex('baseline_rows').whereIn('network', addresses.map(nameNetwork)).delete()
}

async function readRows(trx: Knex): Promise<BaselineRow[]> {
  const rows: Row[] = await trx('baseline_rows')
    .select('hour', 'network', 'lot', 'odd', 'observed')
    .where({ features: FEATURE_SET })
  return rows.map(({ hour, observed, ...row }) => ({
    ...row,
    hour: hour.getTime(),
    observed: Float64Array.from(observed),
  }))
}

/** Writes only the hours of which rows have come or gone; an hour that was learned from is one. */
async function replaceRows(
  trx: Knex,
  before: readonly BaselineRow[],
  after: readonly BaselineRow[],
): Promise<void> {
  const known = new Set(before)
  const kept = new Set(after)
  const changed = new Set([
    ...before.filter((row) => !kept.has(row)).map(({ hour }) => hour),
    ...after.filter((row) => !known.has(row)).map(({ hour }) => hour),
  ])
  const hours = [...changed].map((hour) => new Date(hour))
  await trx.raw('delete from baseline_rows where hour = any (?::timestamptz[]) or features <> ?', [
    hours,
    FEATURE_SET,
  ])
  const rows = after.filter(({ hour }) => changed.has(hour))
  await trx.raw(
    `insert into baseline_rows (hour, network, lot, odd, features, observed)
     select hour, network, lot, odd, ?, observed::real[]
       from unnest(?::timestamptz[], ?::text[], ?::float8[], ?::boolean[], ?::text[])
         as rows (hour, network, lot, odd, observed)`,
    [
      FEATURE_SET,
      rows.map(({ hour }) => new Date(hour)),
      rows.map(({ network }) => network),
      rows.map(({ lot }) => lot),
      rows.map(({ odd }) => odd),
      rows.map(({ observed }) => `{${Array.from(observed, Math.fround).join()}}`),
    ],
  )
}

/** Addresses that people or this service have blocked lately; lists name more than were ever here. */
async function blockedAddresses(trx: Knex): Promise<string[]> {
  const { rows } = await trx.raw<{ rows: { address: string }[] }>(
    `select host(ip_address) as address
       from blocked_ips
      where blocked_at > now() - ${BLOCKED_SINCE} and source in ('person', 'detection')
      union
     select host(ip_address) from suspicious_ips
      where reviewed_at > now() - ${BLOCKED_SINCE} and status = 'blocked'
      limit ${MOST_BLOCKS}`,
  )
  return rows.map(({ address }) => address)
}

/** From when on rows are kept. */
export function baselineSince(now: Date): Date {
  return new Date(now.getTime() - 7 * 24 * HOUR_MS)
}
