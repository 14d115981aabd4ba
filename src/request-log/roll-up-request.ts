import { matchTarget } from '../signatures/matcher'
import { noteInRoom } from './bottom-k'
import { asksForLogin, holdsPassword } from './login-paths'
import type { Step } from './paces'
import type { Rollable, RollUpKey } from './roll-up'
import {
  AGENT_LEVELS,
  AGENTS,
  AT,
  FIRST_SEEN,
  LAST_SEEN,
  MINUTES,
  MISSED,
  PATH_LEVELS,
  PATHS,
  REAL_AT,
  REAL_WIDTH,
  SERVED,
  WIDTH,
} from './roll-up-columns'
import type { RollUpTable } from './roll-up-table'
import { SignatureCounts } from './signature-hits'
import { noteHash } from './sketch'
import type { AgentTraits, PathTraits } from './traits'

const MINUTE_MS = 60_000
const MINUTES_OF_HOUR = 60

/** The methods that are told apart, by their bit in `methods`; the last bit is for all others. */
const METHODS = ['GET', 'HEAD', 'POST', 'PUT', 'PATCH', 'DELETE', 'OPTIONS', 'other']
const METHOD_BITS = new Map(METHODS.map((method, nth) => [method, 1 << nth]))
const OTHER_METHOD = METHOD_BITS.get('other')!
const READING = METHOD_BITS.get('GET')! | METHOD_BITS.get('HEAD')! | METHOD_BITS.get('OPTIONS')!

/** How a login says no, besides 401, which says it everywhere; 200 and 302 may mean either. */
const LOGIN_REFUSED = [400, 403, 422, 429]

/** Adds a request to a roll-up. */
export function rollUpRequest(
  table: RollUpTable,
  nth: number,
  request: Rollable,
  path: PathTraits,
  agent: AgentTraits,
  step: Step,
): void {
  const { numbers, reals } = table
  const at = nth * WIDTH
  const { timestamp, method, query, status, hasReferer } = request
  const methodBit = METHOD_BITS.get(method) ?? OTHER_METHOD
  const writes = (methodBit & READING) === 0
  numbers[at + AT.requests]!++
  countAnswer(numbers, at, status ?? 0, path.asset)
  const isAttempt = (writes && path.login) || (query !== '' && isLogin(query, writes))
  countLogin(numbers, at, status, isAttempt)
  if (writes) numbers[at + AT.writes]!++
  if (agent.tool) numbers[at + AT.toolRequests]!++
  if (agent.robot) numbers[at + AT.robotRequests]!++
  if (agent.nameless) numbers[at + AT.namelessRequests]!++
  if (path.asset) numbers[at + AT.assets]!++
  else if (hasReferer === false) numbers[at + AT.withoutReferer]!++
  if (step.isNeighbour) numbers[at + AT.sequentialIds]!++
  raise(numbers, at + AT.longestTarget, path.bytes + Buffer.byteLength(query))
  raise(numbers, at + AT.depth, path.depth)
  raise(numbers, at + AT.busiestMinute, step.inMinute)
  raise(numbers, at + AT.busiestTenSeconds, step.inTenSeconds)
  numbers[at + AT.methods]! |= methodBit
  numbers[at + AT.claims]! |= agent.claims
  noteHash(numbers, path.hash, at + PATHS, PATH_LEVELS)
  noteHash(numbers, agent.hash, at + AGENTS, AGENT_LEVELS)
  const minute = Math.floor(timestamp / MINUTE_MS) % MINUTES_OF_HOUR
  numbers[at + MINUTES + (minute >>> 5)]! |= 0x8000_0000 >>> (minute & 31)
  noteInRoom(numbers, at + ((status ?? 0) < 400 ? SERVED : MISSED), path.template)
  countReals(reals, nth * REAL_WIDTH, request, step.gapMs)
  if (step.gapMs !== undefined) numbers[at + AT.gaps]!++
  matchSignatures(table.keys[nth]!, request, path, agent)
}

function countAnswer(numbers: Int32Array, at: number, status: number, asset: boolean): void {
  if (status < 400) return
  if (status >= 500) numbers[at + AT.serverErrors]!++
  else if (status === 401 || status === 403) numbers[at + AT.denied]!++
  else if (status !== 404) numbers[at + AT.otherClientErrors]!++
  else {
    numbers[at + AT.notFound]!++
    if (!asset) numbers[at + AT.pagesNotFound]!++
  }
}

function countLogin(
  numbers: Int32Array,
  at: number,
  status: number | null,
  isAttempt: boolean,
): void {
  if (isAttempt) numbers[at + AT.authAttempts]!++
  const isRefused = isAttempt && status !== null && LOGIN_REFUSED.includes(status)
  if (isRefused || status === 401) numbers[at + AT.authFailures]!++
}

function countReals(
  reals: Float64Array,
  at: number,
  { timestamp, bytes }: Rollable,
  gapMs: number | undefined,
): void {
  if (bytes !== null) reals[at + REAL_AT.bytes]! += bytes
  if (timestamp < reals[at + FIRST_SEEN]!) reals[at + FIRST_SEEN] = timestamp
  if (timestamp > reals[at + LAST_SEEN]!) reals[at + LAST_SEEN] = timestamp
  if (gapMs === undefined) return
  const seconds = gapMs / 1_000
  reals[at + REAL_AT.gapSeconds]! += seconds
  reals[at + REAL_AT.gapSquares]! += seconds * seconds
}

function matchSignatures(
  key: RollUpKey,
  request: Rollable,
  path: PathTraits,
  agent: AgentTraits,
): void {
  const { path: asked, query, status, userAgent, optedOut } = request
  // Some signatures are about a path and its query together.
  const inTarget = query === '' ? path.signatures : matchTarget(asked, query)
  if (inTarget.length + agent.signatures.length === 0) return

  key.signatures ??= new SignatureCounts()
  const target = query === '' ? asked : `${asked}?${query}`
  const inAgent = agent.signatures.filter((nth) => !inTarget.includes(nth))
  key.signatures.note(inTarget, status, target, !optedOut)
  key.signatures.note(inAgent, status, userAgent, !optedOut)
}

function raise(numbers: Int32Array, at: number, value: number): void {
  if (value > numbers[at]!) numbers[at] = value
}

function isLogin(query: string, writes: boolean): boolean {
  return holdsPassword(query) || (writes && asksForLogin(query))
}
