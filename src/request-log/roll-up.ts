import type { NewRequest } from '../../models/request-log'
import type { Sample } from './bottom-k'
import type { Count, Real } from './roll-up-columns'
import type { SignatureCounts } from './signature-hits'
import type { Sketch } from './sketch'

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

/** What a roll-up is about. */
export interface RollUpKey {
  readonly windowStart: number
  readonly ipAddress: string
  /** Whether it says something about its address (`isEvidence`). */
  readonly evidence: boolean
  /** The sensitive path for which all of it was done. */
  readonly sensitivePath: string | null
  country: string | null
  asn: number | null
  /** What its requests are known for; undefined when for nothing. */
  signatures: SignatureCounts | undefined
}

/**
 * What one stored address did in one window, in numbers that can be merged: sums, sets of bits,
 * samples, firsts and lasts. What an address did for a sensitive path is rolled up on its own, and so is
 * what is no evidence.
 */
export interface RollUp extends RollUpKey, Readonly<Record<Count | Real, number>> {
  readonly firstSeen: number
  readonly lastSeen: number
  readonly paths: Sketch
  readonly agents: Sketch
  /** Which minutes of the hour, one bit each. */
  readonly minutes: Sketch
  readonly served: Sample
  readonly missed: Sample
}
