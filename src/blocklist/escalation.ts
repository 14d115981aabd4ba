import type { Models } from '../../models'
import { requireDuration } from '../http/duration'
import type { Network } from '../net/network'

const HOUR_MS = 3_600_000

/** How long the first, the second, … block of a repeat offender lasts; further ones like the last. */
export const DEFAULT_ESCALATION: readonly number[] = [4, 24, 7 * 24, 30 * 24].map(
  (h) => h * HOUR_MS,
)

/** When a block ends: null, when it does not by itself; `escalate`, the longer the more there were. */
export type End = Date | null | 'escalate'

/** When a block ends that lasts so long from now: milliseconds, `escalate`, or without end. */
export function endOf(length: number | 'escalate' | undefined): End {
  if (length === undefined) return null
  return length === 'escalate' ? length : new Date(Date.now() + length)
}

/** Milliseconds, or `escalate`; throws `InvalidDuration` for other texts. */
export function requireLength(text: string): number | 'escalate' {
  return text === 'escalate' ? text : requireDuration(text)
}

/**
 * How long the next block of exactly this network lasts, by the number of its blocks that came to
 * their end, as far back as the audit log goes. One that a person lifted was a mistake, and does
 * not count.
 */
export async function escalatedMs(
  auditEntries: ReturnType<Models['AuditEntry']['query']>,
  network: Network,
  steps: readonly number[],
): Promise<number> {
  const served = await auditEntries
    .where({ subject: network, action: 'block.expire' })
    .limit(steps.length)
    .resultSize()
  return steps[Math.min(served, steps.length - 1)]!
}
