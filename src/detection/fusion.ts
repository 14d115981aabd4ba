import type { Reason, SuspiciousIP } from '../../models/suspicious-ip'

export type Severity = SuspiciousIP['severity']

/** The learned score from which an address is flagged without any rule: one in a thousand. */
export const LEARNED_FLAG = 0.9

/** How far each kind of evidence is trusted when it is alone and certain. */
const TRUST = { rules: 0.5, learned: 0.95 }

/**
 * One risk, 0 to 1, out of both kinds of evidence, as if they were independent:
 * 1 − (1 − 0.5·rules)(1 − 0.95·learned). The rules are trusted half, since plain rules also hit
 * busy and signed-in visitors; a learned score near 1 is rarely wrong, and never certain.
 */
export function fuse(rules: readonly Reason[], learned: number): number {
  return 1 - (1 - TRUST.rules * anyOf(rules)) * (1 - TRUST.learned * learned)
}

/** Broken rules alone are low; what is more needs a learned score as well. */
export function severityOf(risk: number): Severity {
  if (risk >= 0.9) return 'high'
  if (risk >= 0.5) return 'medium'
  return risk >= 0.25 ? 'low' : 'info'
}

/** The weights of several reasons together: 1 − (1 − a)(1 − b)… */
function anyOf(reasons: readonly Reason[]): number {
  return 1 - reasons.reduce((rest, { weight }) => rest * (1 - weight), 1)
}
