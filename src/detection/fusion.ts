import type { SuspiciousIP } from '../../models/suspicious-ip'
import { anyOf, type RuleFindings } from './rules/rules'

export type Severity = SuspiciousIP['severity']

/** The risks from which on a finding is as severe; below `low` nobody is flagged. */
export const THRESHOLDS = { high: 0.9, medium: 0.5, low: 0.25 }

/**
 * How far each kind of evidence is trusted when it is certain. Half for the learned score: alone
 * it makes low severity, never more, for even the quietest hour has its oddest visitors.
 */
const TRUST = { attacks: 0.95, learned: 0.5 }
/** What the risk of a quiet address adds when the simple rules flag it, to keep an order among them. */
const ORDER = 0.1

/**
 * One risk, 0 to 1, out of all kinds of evidence, as if they were independent:
 * 1 − (1 − 0.95·attacks)(1 − 0.5·learned).
 *
 * The two simple rules make it low at least, and add nothing to what is more: who asked for
 * `/login` and is otherwise a usual visitor is flagged, and ranks below everybody with evidence of
 * an attack. Counted as evidence of 0.25 each, they took 2 of 100 attackers out of the ranking
 * (`bench/detection.ts`).
 */
export function fuse({ seeds, attacks }: RuleFindings, learned: number): number {
  const risk = 1 - (1 - TRUST.attacks * anyOf(attacks)) * (1 - TRUST.learned * learned)
  if (seeds.length === 0 || risk >= THRESHOLDS.low) return risk
  return THRESHOLDS.low + ORDER * risk
}

export function severityOf(risk: number): Severity {
  if (risk >= THRESHOLDS.high) return 'high'
  if (risk >= THRESHOLDS.medium) return 'medium'
  return risk >= THRESHOLDS.low ? 'low' : 'info'
}
