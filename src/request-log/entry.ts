import { type Address, parseAddress } from '../net/address'
import { sanitise } from './sanitise'

/** One request that was seen, here or elsewhere. */
export interface LogEntry {
  address: Address
  /** Milliseconds since 1970. */
  timestamp: number
  method: string
  path: string
  /** Behind the `?`; empty when there is none. */
  query: string
  /** Null when the visit was judged for another server, which answered it. */
  status: number | null
  durationMs: number | null
  bytes: number | null
  userAgent: string
  account: string | null
  source: 'service' | 'ingest' | 'check' | 'forward-auth'
  /** A `Refusal` in JSON, when a block was what refused it. */
  refusal?: string | undefined
}

/** Most bytes kept of a text; an index entry of Postgres must stay under 2,704. */
const LIMITS = { method: 32, path: 2_048, query: 2_048, userAgent: 2_048, account: 256 }

/** One line of a spool segment, newline included: the entry with every text made safe. */
export function lineOf(entry: LogEntry): string {
  const fields = [
    entry.address,
    entry.timestamp,
    sanitise(entry.method, LIMITS.method),
    sanitise(entry.path, LIMITS.path),
    sanitise(entry.query, LIMITS.query),
    entry.status,
    entry.durationMs,
    entry.bytes,
    sanitise(entry.userAgent, LIMITS.userAgent),
    entry.account === null ? null : sanitise(entry.account, LIMITS.account),
    entry.source,
  ]
  if (entry.refusal) fields.push(entry.refusal)
  return `${JSON.stringify(fields)}\n`
}

/** The entry of a line; throws SyntaxError when the line is not one that `lineOf` made. */
export function entryOf(line: string): LogEntry {
  const fields = JSON.parse(line)
  if (!Array.isArray(fields) || fields.length < 11 || fields.length > 12)
    throw new SyntaxError('not a record')
  const [text, timestamp, method, path, query, status, durationMs, bytes] = fields
  const address = parseAddress(String(text))
  if (address === undefined) throw new SyntaxError('not a record: it has no address')
  const [userAgent, account, source, refusal] = fields.slice(8)
  return {
    address,
    timestamp,
    method,
    path,
    query,
    status,
    durationMs,
    bytes,
    userAgent,
    account,
    source,
    refusal,
  }
}
