/**
 * Evidence is added up as logarithms of likelihood ratios: how much more probable is what an
 * address did if it is one of a campaign than if it is a usual client of this site?
 */
export type LogOdds = number

/**
 * A share that is measured on few, drawn towards `prior` as if `weight` more had been counted.
 */
export function share(part: number, of: number, prior: number, weight: number): number {
  return (part + prior * weight) / (of + weight)
}

/**
 * Probability of `hits` in `of` tries of one client, when clients differ: beta-binomial with this
 * mean, where `sameness` is how much two clients are alike. Small: some miss all, most nothing.
 */
export function shareProbability(hits: number, of: number, mean: number, sameness: number): number {
  const a = mean * sameness
  const b = (1 - mean) * sameness
  let log = 0
  for (let i = 0; i < hits; i++) log += Math.log(((a + i) * (of - i)) / (hits - i))
  for (let i = 0; i < of - hits; i++) log += Math.log(b + i)
  for (let i = 0; i < of; i++) log -= Math.log(sameness + i)
  return Math.exp(log)
}

/** Evidence of a thing that one of a campaign shows with probability `ours`, and a usual client with `usual`. */
export function evidence(ours: number, usual: number): LogOdds {
  return Math.log(ours / usual)
}

/** Evidence that half of a campaign's members may lack: never less than log ½. */
export function halfEvidence(ours: number, usual: number): LogOdds {
  return Math.log((ours / usual + 1) / 2)
}

/**
 * How many of these, the oddest first, are not by chance: the largest k for which the k-th odds
 * are at least log(of / (`innocents` · k)). This is the e-BH procedure (Wang, Ramdas: "False
 * discovery rate control with e-values", 2022): of those that are taken at most the share
 * `innocents` are usual clients on average, however their behaviours depend on each other, as far
 * as the likelihood ratios are right. `sorted` is in descending order; `of` is how many there were.
 */
export function beyondChance(sorted: readonly LogOdds[], of: number, innocents: number): number {
  for (let k = sorted.length; k > 0; k--) {
    if (sorted[k - 1]! >= Math.log(of / (innocents * k))) return k
  }
  return 0
}
