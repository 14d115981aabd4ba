import type { Address } from '../net/address'
import { estimate } from '../request-log/sketch'

/**
 * What one address did in one hour, counted. Requests that are no evidence are left out
 * (`isEvidence`).
 *
 * `tallyHour` counts from the roll-ups in the database, `HourInMemory` from lines of a log by the
 * same roll-ups; the same requests give the same tally.
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
  /** Requests with methods that do not only read. */
  writes: number
  /** Requests by tools, libraries and nameless agents. */
  toolRequests: number
  /** Different paths, queries aside, and different user agents: estimates (`estimate`). */
  paths: number
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

/** What is read of merged roll-ups as it is. */
type Counted = Omit<
  Tally,
  'address' | 'paths' | 'agents' | 'gapMean' | 'gapDeviation' | 'sensitive'
>

/** Merged roll-ups of an address and an hour; sketches by the bits set on each level. */
export interface Merged extends Counted {
  pathBits: readonly number[]
  agentBits: readonly number[]
  gaps: number
  gapSeconds: number
  gapSquares: number
}

export function tallyOf(address: Address, merged: Merged): Tally {
  const { pathBits, agentBits, gaps, gapSeconds, gapSquares, requests } = merged
  const gapMean = gaps > 0 ? gapSeconds / gaps : 0
  // Rounding may take the difference of two large numbers below zero.
  const variance = gaps > 0 ? Math.max(0, gapSquares / gaps - gapMean ** 2) : 0
  return {
    address,
    requests,
    denied: merged.denied,
    notFound: merged.notFound,
    otherClientErrors: merged.otherClientErrors,
    serverErrors: merged.serverErrors,
    writes: merged.writes,
    toolRequests: merged.toolRequests,
    // An estimate may be more than there can be.
    paths: Math.min(requests, estimate(pathBits)),
    agents: Math.min(requests, estimate(agentBits)),
    bytes: merged.bytes,
    longestTarget: merged.longestTarget,
    activeMinutes: merged.activeMinutes,
    busiestMinute: merged.busiestMinute,
    gapMean,
    gapDeviation: Math.sqrt(variance),
    sensitive: {},
  }
}
