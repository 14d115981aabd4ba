import type { Address } from '../../net/address'
import type { Sample } from '../../request-log/bottom-k'
import { crawlersOf } from '../../request-log/crawler-names'
import type { SignatureHits } from '../../request-log/signature-hits'
import { estimate } from '../../request-log/sketch'

export type { SignatureHits }

/**
 * What one address did in one hour, counted. Requests that are no evidence are left out
 * (`isEvidence`).
 *
 * `tallyHour` counts from the roll-ups in the database, `HourInMemory` from lines of a log by the
 * same roll-ups; the same requests give the same tally.
 */
export interface Tally {
  address: Address
  country: string | null
  asn: number | null
  requests: number
  /** Answers 401 and 403. */
  denied: number
  /** Answers 404. */
  notFound: number
  /** Of those, the ones for pages; and of these, about how many are the site's own fault (`Site`). */
  pagesNotFound: number
  ownFaultMisses: number
  /** All other answers 400 to 499. */
  otherClientErrors: number
  /** Answers 500 and above. */
  serverErrors: number
  /** Requests with methods that do not only read. */
  writes: number
  /** Which methods, by the bits of `METHODS`. */
  methods: number
  /** Requests by tools, libraries and nameless agents. */
  toolRequests: number
  /** Requests by robots, as isbot knows them, and by agents that say nothing of themselves. */
  robotRequests: number
  namelessRequests: number
  /** The crawlers that its agents name, one bit each, whether it is one or not (`crawlersOf`). */
  claims: number
  /** Names and passwords sent to pages that check them, and how often the answer was no. */
  authAttempts: number
  authFailures: number
  /** Requests for pages, and those that are known to have come without a referer. */
  pageRequests: number
  withoutReferer: number
  /** Requests for parts of pages: styles, scripts, images, fonts. */
  assets: number
  /** Different paths, queries aside, and different user agents: estimates (`estimate`). */
  paths: number
  agents: number
  /** Which of 64 kinds of user agents it named, by a hash; null when it named several. */
  agent: number | null
  /** Bytes answered, as far as known. */
  bytes: number
  /** Bytes of the longest path and query. */
  longestTarget: number
  /** Most segments of a path. */
  depth: number
  /** Requests for the page whose number is next to that of the one before. */
  sequentialIds: number
  /** Clock minutes with at least one request. */
  activeMinutes: number
  /** Requests in the busiest clock minute. */
  busiestMinute: number
  /** Requests in the busiest ten seconds of the clock. */
  busiestTenSeconds: number
  /** Mean and standard deviation of the seconds between two requests; 0 when there is one. */
  gapMean: number
  gapDeviation: number
  /** Requests for sensitive paths, by the configured prefix that covers them. */
  sensitive: Readonly<Record<string, number>>
  /**
   * Templates of paths (`templateOf`) by their hashes, in ascending order, `SAMPLE_SIZE` at most:
   * those answered below 400, or we do not know how; and those answered otherwise.
   */
  served: Int32Array
  missed: Int32Array
  /** Share of its templates that the site has hardly ever served to others (`Site`). */
  novel: number
  /** What its requests are known for. */
  signatures: readonly SignatureHits[]
  /** The crawler it says it is, if any, and the one that it is known to be (`Crawlers`). */
  claimsCrawler?: string | undefined
  crawler?: string | undefined
}

/** What is read of merged roll-ups as it is. */
type Copied = Omit<
  Tally,
  | 'address'
  | 'paths'
  | 'agents'
  | 'agent'
  | 'activeMinutes'
  | 'gapMean'
  | 'gapDeviation'
  | 'sensitive'
  | 'pageRequests'
  | 'served'
  | 'missed'
  | 'ownFaultMisses'
  | 'novel'
  | 'signatures'
  | 'claimsCrawler'
  | 'crawler'
>

/** Merged roll-ups of an address and an hour, but for their sketches and samples. */
export interface Merged extends Copied {
  gaps: number
  gapSeconds: number
  gapSquares: number
}

/** What is read of their sketches, by the bits set on each level, and their samples. */
export interface Sketched {
  pathBits: readonly number[]
  agentBits: readonly number[]
  agent: number | null
  activeMinutes: number
  served: Sample
  missed: Sample
}

// What nearly all addresses have in common.
const NO_TEMPLATES = new Int32Array(0)
const NOTHING_SENSITIVE = Object.freeze({})
const NO_SIGNATURES: readonly SignatureHits[] = Object.freeze([])

/** Hashes of templates that share one piece of memory. */
const SHELF_SIZE = 4_096

/** The tally of one address, without what only a `Site` can tell. */
export function tallyOf(address: Address, merged: Merged, sketched: Sketched): Tally {
  const { gaps, gapSeconds, gapSquares, requests } = merged
  const gapMean = gaps > 0 ? gapSeconds / gaps : 0
  // Rounding may take the difference of two large numbers below zero.
  const variance = gaps > 0 ? Math.max(0, gapSquares / gaps - gapMean ** 2) : 0
  const tally: Tally = {
    address,
    country: merged.country,
    asn: merged.asn,
    requests,
    denied: merged.denied,
    notFound: merged.notFound,
    pagesNotFound: merged.pagesNotFound,
    ownFaultMisses: 0,
    otherClientErrors: merged.otherClientErrors,
    serverErrors: merged.serverErrors,
    writes: merged.writes,
    methods: merged.methods,
    toolRequests: merged.toolRequests,
    robotRequests: merged.robotRequests,
    namelessRequests: merged.namelessRequests,
    claims: merged.claims,
    authAttempts: merged.authAttempts,
    authFailures: merged.authFailures,
    pageRequests: requests - merged.assets,
    withoutReferer: merged.withoutReferer,
    assets: merged.assets,
    // An estimate may be more than there can be.
    paths: Math.min(requests, estimate(sketched.pathBits)),
    agents: Math.min(requests, estimate(sketched.agentBits)),
    agent: sketched.agent,
    bytes: merged.bytes,
    longestTarget: merged.longestTarget,
    depth: merged.depth,
    sequentialIds: merged.sequentialIds,
    activeMinutes: sketched.activeMinutes,
    busiestMinute: merged.busiestMinute,
    busiestTenSeconds: merged.busiestTenSeconds,
    gapMean,
    gapDeviation: Math.sqrt(variance),
    sensitive: NOTHING_SENSITIVE,
    served: templates(sketched.served),
    missed: templates(sketched.missed),
    novel: 0,
    signatures: NO_SIGNATURES,
  }
  if (merged.claims !== 0) tally.claimsCrawler = crawlersOf(merged.claims)[0]!.name
  return tally
}

let shelf = NO_TEMPLATES

/**
 * A copy of a sample. Many share a piece of memory: with one for each of an hour's addresses the collector of
 * garbage would be felt by who waits for the event loop.
 */
function templates(sample: Sample): Int32Array {
  const { length } = sample
  if (length === 0) return NO_TEMPLATES
  if (shelf.length < length) shelf = new Int32Array(SHELF_SIZE)
  const copy = shelf.subarray(0, length)
  copy.set(sample)
  shelf = shelf.subarray(length)
  return copy
}
