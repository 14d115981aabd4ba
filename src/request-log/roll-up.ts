import type { NewRequest } from '../../models/request-log'
import { matchTarget } from '../signatures/matcher'
import { mergeSamples, noteInSample, type Sample } from './bottom-k'
import { asksForLogin, holdsPassword } from './login-paths'
import type { Step } from './paces'
import { SignatureCounts } from './signature-hits'
import { mergeSketch, newSketch, noteHash } from './sketch'
import type { AgentTraits, PathTraits } from './traits'

/** Levels of the sketches: they end at some 68,000 different paths and 270 different agents. */
export const PATH_LEVELS = 5
export const AGENT_LEVELS = 1

const MINUTE_MS = 60_000
const MINUTES = 60

/** The methods that are told apart, by their bit in `methods`; the last bit is for all others. */
const METHODS = ['GET', 'HEAD', 'POST', 'PUT', 'PATCH', 'DELETE', 'OPTIONS', 'other']
const METHOD_BITS = new Map(METHODS.map((method, nth) => [method, 1 << nth]))
const OTHER_METHOD = METHOD_BITS.get('other')!
const READING = METHOD_BITS.get('GET')! | METHOD_BITS.get('HEAD')! | METHOD_BITS.get('OPTIONS')!

/** How a login says no, besides 401, which says it everywhere; 200 and 302 may mean either. */
const LOGIN_REFUSED = [400, 403, 422, 429]

/** What is read of a request to roll it up. */
export type Rollable = Pick<
  NewRequest,
  | 'ipAddress'
  | 'timestamp'
  | 'method'
  | 'path'
  | 'query'
  | 'status'
  | 'bytes'
  | 'userAgent'
  | 'country'
  | 'asn'
  | 'account'
  | 'source'
  | 'hasReferer'
  | 'optedOut'
>

/**
 * What one stored address did in one window, in numbers that can be merged: sums, sets of bits,
 * samples, firsts and lasts. What an address did for a sensitive path is rolled up on its own, and so is
 * what is no evidence (`isEvidence`).
 */
export class RollUp {
  requests = 0
  /** Requests whose rows are in the request log; the others were left out in a flood. */
  kept = 0
  /** Answers 401 and 403. */
  denied = 0
  /** Answers 404; and those of them to requests for pages, not for parts of pages. */
  notFound = 0
  pagesNotFound = 0
  /** All other answers 400 to 499. */
  otherClientErrors = 0
  /** Answers 500 and above. */
  serverErrors = 0
  /** Requests with methods that do not only read. */
  writes = 0
  /** Which methods, one bit each. */
  methods = 0
  /** Requests by tools, libraries and nameless agents. */
  toolRequests = 0
  /** Requests by robots, as isbot knows them, and by agents that say nothing of themselves. */
  robotRequests = 0
  namelessRequests = 0
  /** Which crawlers its agents name (`crawlersNamed`), one bit each. */
  claims = 0
  /** Names and passwords sent to pages that check them, and how often the answer was no. */
  authAttempts = 0
  authFailures = 0
  /** Requests for parts of pages. */
  assets = 0
  /** Requests for pages that are known to have come without a referer. */
  withoutReferer = 0
  /** Requests for the page whose number is next to that of the one before. */
  sequentialIds = 0
  /** Bytes answered, as far as known. */
  bytes = 0
  /** Bytes of the longest path and query. */
  longestTarget = 0
  /** Most segments of a path. */
  depth = 0
  /** Samples of the templates of paths: answered below 400, or we do not know how; and all others. */
  readonly served: Sample = []
  readonly missed: Sample = []
  /** What its requests are known for; undefined when for nothing. */
  signatures: SignatureCounts | undefined
  readonly paths = newSketch(PATH_LEVELS)
  readonly agents = newSketch(AGENT_LEVELS)
  firstSeen = Number.POSITIVE_INFINITY
  lastSeen = Number.NEGATIVE_INFINITY
  /** Gaps between two requests, the sum of their seconds, and that of the seconds' squares. */
  gaps = 0
  gapSeconds = 0
  gapSquares = 0
  /** Which minutes of the hour, one bit each. */
  readonly minutes = newSketch(1)
  /** Most requests in one clock minute, and in ten seconds of the clock. */
  busiestMinute = 0
  busiestTenSeconds = 0

  constructor(
    readonly windowStart: number,
    readonly ipAddress: string,
    readonly evidence: boolean,
    readonly sensitivePath: string | null,
    public country: string | null,
    public asn: number | null,
  ) {}

  add(request: Rollable, path: PathTraits, agent: AgentTraits, step: Step): void {
    const { timestamp, method, query, status, bytes } = request
    const methodBit = METHOD_BITS.get(method) ?? OTHER_METHOD
    const writes = (methodBit & READING) === 0
    this.requests++
    this.#countAnswer(status ?? 0, path.asset)
    this.#countLogin(status, (writes && path.login) || (query !== '' && isLogin(query, writes)))
    if (writes) this.writes++
    this.methods |= methodBit
    if (agent.tool) this.toolRequests++
    if (agent.robot) this.robotRequests++
    if (agent.nameless) this.namelessRequests++
    this.claims |= agent.claims
    if (path.asset) this.assets++
    else if (request.hasReferer === false) this.withoutReferer++
    if (step.isNeighbour) this.sequentialIds++
    this.depth = Math.max(this.depth, path.depth)
    noteInSample((status ?? 0) < 400 ? this.served : this.missed, path.template)
    this.#matchSignatures(request, path, agent)
    this.bytes += bytes ?? 0
    this.longestTarget = Math.max(this.longestTarget, path.bytes + Buffer.byteLength(query))
    noteHash(this.paths, path.hash)
    noteHash(this.agents, agent.hash)
    this.firstSeen = Math.min(this.firstSeen, timestamp)
    this.lastSeen = Math.max(this.lastSeen, timestamp)
    this.#countStep(step)
    const minute = Math.floor(timestamp / MINUTE_MS) % MINUTES
    this.minutes[minute >>> 5]! |= 0x8000_0000 >>> (minute & 31)
  }

  /** Adds what is in `other`; `AddressRollup` has the same in SQL. */
  merge(other: RollUp): void {
    this.country = larger(this.country, other.country)
    this.asn = larger(this.asn, other.asn)
    this.requests += other.requests
    this.kept += other.kept
    this.denied += other.denied
    this.notFound += other.notFound
    this.pagesNotFound += other.pagesNotFound
    this.otherClientErrors += other.otherClientErrors
    this.serverErrors += other.serverErrors
    this.writes += other.writes
    this.methods |= other.methods
    this.toolRequests += other.toolRequests
    this.robotRequests += other.robotRequests
    this.namelessRequests += other.namelessRequests
    this.claims |= other.claims
    this.authAttempts += other.authAttempts
    this.authFailures += other.authFailures
    this.assets += other.assets
    this.withoutReferer += other.withoutReferer
    this.sequentialIds += other.sequentialIds
    this.bytes += other.bytes
    this.longestTarget = Math.max(this.longestTarget, other.longestTarget)
    this.depth = Math.max(this.depth, other.depth)
    mergeSamples(this.served, other.served)
    mergeSamples(this.missed, other.missed)
    if (other.signatures) {
      this.signatures ??= new SignatureCounts()
      for (const hits of other.signatures.list()) this.signatures.add(hits)
    }
    mergeSketch(this.paths, other.paths)
    mergeSketch(this.agents, other.agents)
    this.firstSeen = Math.min(this.firstSeen, other.firstSeen)
    this.lastSeen = Math.max(this.lastSeen, other.lastSeen)
    this.gaps += other.gaps
    this.gapSeconds += other.gapSeconds
    this.gapSquares += other.gapSquares
    mergeSketch(this.minutes, other.minutes)
    this.busiestMinute = Math.max(this.busiestMinute, other.busiestMinute)
    this.busiestTenSeconds = Math.max(this.busiestTenSeconds, other.busiestTenSeconds)
  }

  #countAnswer(status: number, asset: boolean): void {
    if (status < 400) return
    if (status >= 500) this.serverErrors++
    else if (status === 401 || status === 403) this.denied++
    else if (status !== 404) this.otherClientErrors++
    else {
      this.notFound++
      if (!asset) this.pagesNotFound++
    }
  }

  #countLogin(status: number | null, isAttempt: boolean): void {
    if (isAttempt) this.authAttempts++
    const isRefused = isAttempt && status !== null && LOGIN_REFUSED.includes(status)
    if (isRefused || status === 401) this.authFailures++
  }

  #matchSignatures(request: Rollable, path: PathTraits, agent: AgentTraits): void {
    const { path: asked, query, status, userAgent, optedOut } = request
    // Some signatures are about a path and its query together.
    const inTarget = query === '' ? path.signatures : matchTarget(asked, query)
    if (inTarget.length + agent.signatures.length === 0) return

    this.signatures ??= new SignatureCounts()
    const target = query === '' ? asked : `${asked}?${query}`
    const inAgent = agent.signatures.filter((nth) => !inTarget.includes(nth))
    this.signatures.note(inTarget, status, target, !optedOut)
    this.signatures.note(inAgent, status, userAgent, !optedOut)
  }

  #countStep({ gapMs, inMinute, inTenSeconds }: Step): void {
    this.busiestMinute = Math.max(this.busiestMinute, inMinute)
    this.busiestTenSeconds = Math.max(this.busiestTenSeconds, inTenSeconds)
    if (gapMs === undefined) return
    const seconds = gapMs / 1_000
    this.gaps++
    this.gapSeconds += seconds
    this.gapSquares += seconds ** 2
  }
}

function isLogin(query: string, writes: boolean): boolean {
  return holdsPassword(query) || (writes && asksForLogin(query))
}

/** Any of two would do; the larger one is the same whichever comes first. */
function larger<Value extends string | number>(a: Value | null, b: Value | null): Value | null {
  if (a === null || b === null) return a ?? b
  return a > b ? a : b
}
