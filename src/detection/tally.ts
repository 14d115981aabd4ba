import type { Address } from '../net/address'
import type { LogEntry } from '../request-log/entry'

/**
 * What one address did in one hour, counted. Requests that this service refused are left out, for
 * who keeps knocking at a closed door is not flagged anew for it; so are those of whoever is
 * signed in here, for reviewing findings is not asking for `/admin`.
 *
 * `tallyHour` counts in the database, `HourInMemory` from lines of a log; the same requests give
 * the same tally.
 */
export interface Tally {
  address: Address
  requests: number
  /** Answers 401 and 403. */
  denied: number
  /** Answers 404. */
  notFound: number
  /** All other answers 400 to 499. */
  otherClientErrors: number
  /** Answers 500 and above. */
  serverErrors: number
  /** Requests with other methods than `READING`. */
  writes: number
  /** Requests with a user agent like `TOOLS`. */
  toolRequests: number
  /** Different paths, queries aside. */
  paths: number
  /** Different user agents. */
  agents: number
  /** Bytes answered, as far as known. */
  bytes: number
  /** Bytes of the longest path and query. */
  longestTarget: number
  /** Clock minutes with at least one request. */
  activeMinutes: number
  /** Requests in the busiest clock minute. */
  busiestMinute: number
  /** Mean and standard deviation of the seconds between two requests; 0 when there is one. */
  gapMean: number
  gapDeviation: number
  /** Requests for sensitive paths, by the configured prefix that covers them. */
  sensitive: Record<string, number>
}

/** Methods that only read. */
export const READING = ['GET', 'HEAD', 'OPTIONS']

/**
 * User agents of tools and libraries, or none at all: regular expressions to JavaScript and to
 * Postgres alike, case aside. Two, because Postgres is three times as fast with them as with one
 * that is anchored in parts.
 */
export const TOOLS = [
  '^(-?$|curl|wget|python|go-http-client|java|libwww-perl|lwp|ruby|perl|php|scrapy|httpclient)',
  'nikto|sqlmap|nmap|masscan|zgrab|nuclei|gobuster|dirbuster|hydra|wpscan',
]

const REFUSALS = [403, 429]

type Answered = Pick<LogEntry, 'source' | 'status' | 'account'>

/**
 * Whether a request says nothing about its address: this service refused it, as opposed to a
 * server whose log was read; or it came from a person or an application that has signed in here.
 */
export function isNoEvidence({ source, status, account }: Answered): boolean {
  const refused = source !== 'ingest' && status !== null && REFUSALS.includes(status)
  return refused || (source === 'service' && account !== null)
}

/** The same rule as `isNoEvidence`, in SQL over request_logs. */
export const NO_EVIDENCE = `(
  source <> 'ingest' and coalesce(status, 0) in (${REFUSALS.join(', ')})
  or source = 'service' and account is not null)`
