import type { Reason, SuspiciousIP } from '../../models/suspicious-ip'

export type Severity = SuspiciousIP['severity']

/** The learned score from which an address is flagged without any rule: one in a thousand. */
export const LEARNED_FLAG = 0.9

/** How far each kind of evidence is trusted when it is certain. */
const TRUST = { rules: 0.5, learned: 0.95, learnedAlone: 0.45 }

/**
 * One risk, 0 to 1, out of both kinds of evidence, as if they were independent:
 * 1 − (1 − 0.5·rules)(1 − 0.95·learned). The rules are trusted half, since plain rules also hit
 * busy and signed-in visitors.
 *
 * Without a broken rule a learned score makes no more than low severity. An address is compared
 * with the others of its own hour, and even the quietest hour has its oddest visitors: a crawler,
 * an office behind one address. That much may change when there is a baseline of many hours.
 */
export function fuse(rules: readonly Reason[], learned: number): number {
  if (rules.length === 0) return TRUST.learnedAlone * learned
  return 1 - (1 - TRUST.rules * anyOf(rules)) * (1 - TRUST.learned * learned)
}

/** Either kind of evidence alone is low; what is more needs both. */
export function severityOf(risk: number): Severity {
  if (risk >= 0.9) return 'high'
  if (risk >= 0.5) return 'medium'
  return risk >= 0.25 ? 'low' : 'info'
}

/** The weights of several reasons together: 1 − (1 − a)(1 − b)… */
function anyOf(reasons: readonly Reason[]): number {
  return 1 - reasons.reduce((rest, { weight }) => rest * (1 - weight), 1)
}
