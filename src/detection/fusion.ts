import type { SuspiciousIP } from '../../models/suspicious-ip'
import { anyOf, type RuleFindings } from './rules/rules'

export type Severity = SuspiciousIP['severity']

/**
 * The risks from which on a finding is as severe. Below `low` nobody is flagged, but for the two
 * simple rules; a learned score alone gets there from 0.9 on, as odd as one in 1,000 usual clients.
 */
export const THRESHOLDS = { high: 0.9, medium: 0.5, low: 0.45 }

/**
 * How far each kind of evidence is trusted when it is certain. Less than half for the learned score: alone
 * it makes low severity, never more, for even the quietest hour has its oddest visitors.
 */
const TRUST = { attacks: 0.95, learned: 0.49 }

/** What the two simple rules are worth where there is nothing else, and how much of that orders them. */
const SEEDS = { floor: 0.15, order: 0.1 }

/**
 * One risk, 0 to 1, out of all kinds of evidence, as if they were independent:
 * 1 − (1 − 0.95·attacks)(1 − 0.49·learned).
 *
 * The two simple rules add nothing to it: who asked for `/login` and is otherwise a usual visitor
 * is flagged, and ranks below everybody with evidence of an attack. Counted as evidence of 0.25
 * each, they lift offices and programs above attackers (`bench/detection.ts`).
 */
export function fuse({ seeds, attacks }: RuleFindings, learned: number): number {
  const risk = 1 - (1 - TRUST.attacks * anyOf(attacks)) * (1 - TRUST.learned * learned)
  return seeds.length === 0 ? risk : Math.max(risk, SEEDS.floor + SEEDS.order * risk)
}

/** `info` for who is not flagged; the two simple rules always flag, as `low` at least. */
export function severityOf(risk: number, { seeds }: Pick<RuleFindings, 'seeds'>): Severity {
  if (risk >= THRESHOLDS.high) return 'high'
  if (risk >= THRESHOLDS.medium) return 'medium'
  return risk >= THRESHOLDS.low || seeds.length > 0 ? 'low' : 'info'
}
