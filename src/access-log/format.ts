import type { Address } from '../net/address'
import type { LogEntry } from '../request-log/entry'

/**
 * Reads one line: its entry, the reason why it is none, or undefined when it is about the log
 * itself and about no request, such as `#Fields:`.
 */
export type LineParser = (line: string) => LogEntry | string | undefined

/**
 * Reads one line of one format: its entry, the reason why it is none although it looks like this
 * format, or undefined when it is of another one.
 */
export type FormatParser = (line: string) => LogEntry | string | undefined

/** Whether an address is one of the proxies that the settings trust (`TRUSTED_PROXIES`). */
export type IsTrusted = (address: Address) => boolean

/** What a log says of a request; what it does not know is left out. */
export interface Seen {
  address: Address
  /** Milliseconds since 1970. */
  timestamp: number
  method: string
  path: string
  query: string
  status?: number | undefined
  durationMs?: number | undefined
  bytes?: number | undefined
  userAgent?: string | undefined
  /** Empty when none was sent; undefined when the log does not tell. */
  referer?: string | undefined
  account?: string | undefined
}

/** The entry of what was seen. */
export function entryOf(seen: Seen): LogEntry {
  const { address, timestamp, method, path, query } = seen
  return {
    address,
    timestamp,
    method,
    path,
    query,
    status: seen.status ?? null,
    durationMs: seen.durationMs ?? null,
    bytes: seen.bytes ?? null,
    userAgent: seen.userAgent ?? '',
    hasReferer: seen.referer === undefined ? undefined : seen.referer !== '',
    account: seen.account || null,
    source: 'ingest',
  }
}
