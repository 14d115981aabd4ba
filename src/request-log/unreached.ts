import type { Unreached, Wrong } from '../http/unreached'
import { type Address, parseAddress } from '../net/address'
import { splitTarget } from '../net/request-path'
import type { LogEntry, RequestLog } from './request-log'

/** How many requests of each kind were refused before they reached the app, since the start. */
export type UnreachedCounts = Partial<Record<Wrong, number>>

/**
 * Counts the requests that never reached the app, and records them: what could not be read as `-`.
 * Behind a trusted proxy they are counted only, because whose they were stood in what could not be
 * read, and the proxy is not to blame.
 */
export function unreachedRecorder(
  requestLog: Pick<RequestLog, 'record'>,
  isTrusted: (address: Address) => boolean,
) {
  const counts: UnreachedCounts = {}

  async function record(unreached: Unreached): Promise<void> {
    counts[unreached.wrong] = (counts[unreached.wrong] ?? 0) + 1
    const address = parseAddress(unreached.peer?.replace(/%.*/, '') ?? '')
    if (address && !isTrusted(address)) await requestLog.record(entryOf(unreached, address))
  }
  return { record, counts: counts as Readonly<UnreachedCounts> }
}

function entryOf({ request, status }: Unreached, address: Address): LogEntry {
  return {
    address,
    timestamp: Date.now(),
    method: request?.method ?? '-',
    ...splitTarget(request?.url ?? '-'),
    status,
    durationMs: null,
    bytes: 0,
    userAgent: request?.headers['user-agent'] ?? '',
    account: null,
    source: 'service',
  }
}
