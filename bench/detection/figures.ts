/** One address as a detector ranks it, and what it was in truth. */
export interface Ranked {
  /** The more, the likelier an attacker. */
  score: number
  attacker: boolean
}

/** How many of the flagged are attackers, from strict to lenient: a step per different score. */
interface Step {
  score: number
  attackers: number
  others: number
}

/**
 * The mean of the precision at every attacker found (area under precision and recall, without
 * interpolation). Equal scores are one step, so that ties cannot flatter.
 */
export function averagePrecision(ranked: readonly Ranked[]): number {
  const total = ranked.filter(({ attacker }) => attacker).length
  let area = 0
  let found = 0
  for (const { attackers, others } of steps(ranked)) {
    area += ((attackers - found) / total) * (attackers / (attackers + others))
    found = attackers
  }
  return area
}

/** The chance that an attacker is ranked above somebody else; equal scores count half. */
export function areaUnderCurve(ranked: readonly Ranked[]): number {
  const attackers = ranked.filter(({ attacker }) => attacker).length
  const others = ranked.length - attackers
  let area = 0
  let before = { attackers: 0, others: 0 }
  for (const step of steps(ranked)) {
    area += (step.others - before.others) * ((step.attackers + before.attackers) / 2)
    before = step
  }
  return area / (attackers * others)
}

/** The lowest score at which at most this share of the others is flagged. */
export function thresholdFor(ranked: readonly Ranked[], falsePositives: number): number {
  const allowed = falsePositives * ranked.filter(({ attacker }) => !attacker).length
  let threshold = Number.POSITIVE_INFINITY
  for (const { score, others } of steps(ranked)) {
    if (others > allowed) break
    threshold = score
  }
  return threshold
}

/** The share of attackers that score at least `threshold`. */
export function recallAt(ranked: readonly Ranked[], threshold: number): number {
  const attackers = ranked.filter(({ attacker }) => attacker)
  return attackers.filter(({ score }) => score >= threshold).length / attackers.length
}

/** The share of attackers among the first `count`; among equals the others come first. */
export function precisionOfTop(ranked: readonly Ranked[], count: number): number {
  const top = ranked
    .toSorted((a, b) => b.score - a.score || Number(a.attacker) - Number(b.attacker))
    .slice(0, count)
  return top.filter(({ attacker }) => attacker).length / top.length
}

function steps(ranked: readonly Ranked[]): Step[] {
  const steps: Step[] = []
  let [attackers, others] = [0, 0]
  for (const { score, attacker } of ranked.toSorted((a, b) => b.score - a.score)) {
    if (attacker) attackers++
    else others++
    const last = steps.at(-1)
    if (last?.score === score) Object.assign(last, { attackers, others })
    else steps.push({ score, attackers, others })
  }
  return steps
}
