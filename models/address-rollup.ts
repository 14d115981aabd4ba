import type { Knex } from 'knex'
import { CopyRows, copyInto } from '../src/platform/copy'
import { SAMPLE_SIZE } from '../src/request-log/bottom-k'
import { holdErasures } from '../src/request-log/erasures'
import {
  AGENTS,
  AT,
  FIRST_SEEN,
  LARGEST,
  LAST_SEEN,
  MINUTES,
  MISSED,
  PATHS,
  REAL_AT,
  REAL_WIDTH,
  SERVED,
  SETS,
  SUMS,
  WIDTH,
} from '../src/request-log/roll-up-columns'
import type { RollUpTable } from '../src/request-log/roll-up-table'
import { addressSignatures } from './address-signature'

const HOUR_MS = 3_600_000
const HASH_BYTES = 4
/** Makes a number with a sign one whose bytes are in the order of the numbers. */
const SIGN = 0x8000_0000

/** The columns that are the same in every row of a fold; the others are in `MERGED`. */
const KEY = ['window_start', 'ip_address', 'evidence', 'sensitive_path']

/** Each column as it is made of those of several rows: what `RollUpTable.merge` does, in SQL. */
const MERGED: Record<string, string> = {
  country: 'max(country)',
  asn: 'max(asn)',
  first_seen: 'min(first_seen)',
  last_seen: 'max(last_seen)',
  ...columns(SUMS, (column) => `sum(${column})::integer`),
  ...columns(LARGEST, (column) => `max(${column})`),
  ...columns(SETS, (column) => `bit_or(${column})`),
  ...columns(['paths', 'agents', 'minutes'], (column) => `bit_or(${column})`),
  ...columns(['served', 'missed'], mergedSample),
  bytes: `least(sum(bytes), ${Number.MAX_SAFE_INTEGER})::bigint`,
  gap_seconds: 'sum(gap_seconds)',
  gap_squares: 'sum(gap_squares)',
}

function columns(names: readonly string[], merged: (column: string) => string) {
  const all = names.map((name) => name.replace(/[A-Z]/g, (letter) => `_${letter.toLowerCase()}`))
  return Object.fromEntries(all.map((column) => [column, merged(column)]))
}

/**
 * The hashes of all rows one behind the other, which costs nothing; only what is longer than a
 * sample is made one.
 */
function mergedSample(column: string): string {
  const all = `string_agg(${column}, ''::bytea)`
  const [most, bytes] = [SAMPLE_SIZE, SAMPLE_SIZE * HASH_BYTES]
  return `case when octet_length(${all}) <= ${bytes} then ${all} else smallest_hashes(${all}, ${most}) end`
}

/** The same for who reads them, and makes samples of the hashes himself: in SQL that takes longer than all else. */
const READ: Record<string, string> = {
  ...MERGED,
  served: `string_agg(served, ''::bytea)`,
  missed: `string_agg(missed, ''::bytea)`,
}

const COLUMNS = [...KEY, ...Object.keys(MERGED)]
const MERGED_COLUMNS = named(MERGED)

const TRUNCATED =
  'network(set_masklen(ip_address, case family(ip_address) when 4 then 24 else 48 end))'

/**
 * The windows that an address may have: those of the hours in which the request log has rows of it,
 * and in a flood too it keeps some of each minute. This is looked up by index; roll-ups have
 * none by address, which would cost every row and serve these rare questions only.
 */
const IN_WINDOWS_SEEN = `window_start = any (array(
  select distinct date_trunc('hour', timestamp, 'UTC') + make_interval(mins => minutes)
    from request_logs cross join generate_series(0, 55, 5) as windows (minutes)
   where ip_address = any (:addresses::inet[])))`

/** Roll-ups as the database takes them. */
export interface EncodedRollUps {
  rows: Buffer
  signatures: Buffer | undefined
}

/** Rows of `address_rollups`, which only grow in number until they are folded. */
export const addressRollups = {
  /** All columns but the key, merged: for a select that groups. Samples are hashes, each as `hashOf` reads it. */
  merged: named(READ).join(', '),

  /** Roll-ups made ready for `append`, with what they matched. */
  encode(table: RollUpTable): EncodedRollUps {
    const rows = new CopyRows(COLUMNS.length, table.length)
    for (let nth = 0; nth < table.length; nth++) encode(rows, table, nth)
    return { rows: rows.finish(), signatures: addressSignatures.encode(table) }
  },

  /** Appends encoded roll-ups; a part of the transaction that writes the rows of their requests. */
  async append(trx: Knex, { rows, signatures }: EncodedRollUps): Promise<void> {
    await copyInto(trx, 'address_rollups', COLUMNS, rows)
    if (signatures) await addressSignatures.append(trx, signatures)
  },

  /** What the roll-ups say of one address, in all its stored forms: a row per window and kind, the newest first. */
  async of(knex: Knex, addresses: readonly string[]): Promise<object[]> {
    const { rows } = await knex.raw<{ rows: object[] }>(
      `select window_start as "windowStart", evidence, sensitive_path as "sensitivePath",
              country, asn, requests, denied, not_found as "notFound",
              other_client_errors as "otherClientErrors", server_errors as "serverErrors",
              writes, bytes, first_seen as "firstSeen", last_seen as "lastSeen"
         from address_rollups
        where ip_address = any (:addresses::inet[]) and ${IN_WINDOWS_SEEN}
        order by window_start desc`,
      { addresses: [...addresses] },
    )
    return rows
  },

  /** What the requests of one address are known for: a row per window and signature, the newest first. */
  async signaturesOf(knex: Knex, addresses: readonly string[]): Promise<object[]> {
    const { rows } = await knex.raw<{ rows: object[] }>(
      `select window_start as "windowStart", signature, requests, missed, example
         from address_signatures
        where ip_address = any (:addresses::inet[]) and ${IN_WINDOWS_SEEN}
        order by window_start desc, signature`,
      { addresses: [...addresses] },
    )
    return rows
  },

  /**
   * Deletes what the roll-ups, and the signatures beside them, say of one address; answers how many
   * rows. To be called before its requests go.
   */
  async erase(trx: Knex, addresses: readonly string[]): Promise<number> {
    let erased = 0
    for (const table of ['address_rollups', 'address_signatures']) {
      const { rowCount } = await trx.raw<{ rowCount: number }>(
        `delete from ${table}
          where ip_address = any (:addresses::inet[]) and ${IN_WINDOWS_SEEN}`,
        { addresses: [...addresses] },
      )
      erased += rowCount
    }
    return erased
  },

  /**
   * Makes one row per address (and kind) of all that an hour has, and returns how many there are
   * now. Readers see the rows before or the rows behind, and never both. With `truncate` the
   * networks of the addresses take their place. Rows that arrive meanwhile are left as they are.
   */
  async fold(knex: Knex, hour: Date, { truncate = false } = {}): Promise<number> {
    return knex.transaction(async (trx) => {
      await holdErasures(trx)
      // Without it 200,000 addresses are sorted on disk.
      await trx.raw(`set local work_mem = '192MB'`)
      const end = new Date(hour.getTime() + HOUR_MS)
      const address = truncate ? TRUNCATED : 'ip_address'
      await addressSignatures.fold(trx, hour, end, address)
      const { rowCount } = await trx.raw<{ rowCount: number }>(
        `with taken as (
           delete from address_rollups
            where window_start >= :hour and window_start < :end
            returning *, ${address} as stored_address
         )
         insert into address_rollups (${COLUMNS})
         select cast(:hour as timestamptz), stored_address, evidence, sensitive_path, ${MERGED_COLUMNS}
           from taken
          group by stored_address, evidence, sensitive_path`,
        { hour, end },
      )
      return rowCount
    })
  },
}

/** In the order of `COLUMNS`. */
function encode(rows: CopyRows, { keys, numbers, reals }: RollUpTable, nth: number): void {
  const { windowStart, ipAddress, evidence, sensitivePath, country, asn } = keys[nth]!
  const at = nth * WIDTH
  const realAt = nth * REAL_WIDTH
  rows.row()
  rows.timestamptz(windowStart)
  rows.inet(ipAddress)
  rows.bool(evidence)
  rows.text(sensitivePath)
  rows.text(country)
  rows.int8(asn)
  rows.timestamptz(reals[realAt + FIRST_SEEN]!)
  rows.timestamptz(reals[realAt + LAST_SEEN]!)
  rows.int4s(numbers, at, at + AT.methods)
  rows.int2(numbers[at + AT.methods]!)
  rows.bit(numbers, at + PATHS, at + AGENTS)
  rows.bit(numbers, at + AGENTS, at + MINUTES)
  rows.bit(numbers, at + MINUTES, at + SERVED)
  encodeSample(rows, numbers, at + SERVED)
  encodeSample(rows, numbers, at + MISSED)
  rows.int8(Math.min(reals[realAt + REAL_AT.bytes]!, Number.MAX_SAFE_INTEGER))
  rows.float8(reals[realAt + REAL_AT.gapSeconds]!)
  rows.float8(reals[realAt + REAL_AT.gapSquares]!)
}

function encodeSample(rows: CopyRows, numbers: Int32Array, at: number): void {
  rows.words(numbers, at + 1, at + 1 + numbers[at]!, SIGN)
}

/** A hash as a merged column holds it, as the sample does. */
export function hashOf(word: number): number {
  return word ^ SIGN
}

function named(columns: Record<string, string>): string[] {
  return Object.entries(columns).map(([name, merged]) => `${merged} as ${name}`)
}
