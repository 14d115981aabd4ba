/** Beyond this quantile of the usual scores attackers may be among them: nothing is read off there. */
const TAIL = 0.9
/** The slope is taken from the first of these quantiles that differs from there. */
const BELOW = [0.7, 0.5, 0.25]
/** The share of attackers expected among usual clients: where the scale has its middle. */
const EXPECTED = 0.01

/**
 * Turns a model's own scores into scores that mean the same for every model and site.
 *
 * With p the share of usual rows that are as odd, the score is 1 / (1 + p / 0.01): 0.09 for one in
 * ten, 0.5 for one in a hundred, 0.91 for one in a thousand. Read it as the chance that this is an
 * attacker, if one client in a hundred were one and attackers were always this odd.
 *
 * Up to nine tenths of the usual scores p is counted. From there on an exponential continues
 * it, which falls as fast as the scores did over the two tenths before. Fitted nearer to the middle it
 * took 1.8 % of the labelled hours' innocent addresses for one in 400; so it is 0.4 % (`bench/detection.ts`).
 */
export function calibrate(usualScores: Float64Array): (score: number) => number {
  const sorted = usualScores.slice().sort()
  const at = (quantile: number) => sorted[Math.floor(sorted.length * quantile)]!
  const threshold = at(TAIL)
  const below = BELOW.find((quantile) => at(quantile) < threshold) ?? 0
  // When all usual scores are equal, any excess is beyond everything seen.
  const scale = (threshold - at(below)) / Math.log((1 - below) / (1 - TAIL)) || Number.EPSILON

  return (score) => {
    const probability =
      score > threshold
        ? (1 - TAIL) * Math.exp(-(score - threshold) / scale)
        : 1 - countBelow(sorted, score) / sorted.length
    return 1 / (1 + probability / EXPECTED)
  }
}

/** How many of the sorted numbers are less than `value`. */
function countBelow(sorted: Float64Array, value: number): number {
  let low = 0
  let high = sorted.length
  while (low < high) {
    const middle = (low + high) >> 1
    if (sorted[middle]! < value) low = middle + 1
    else high = middle
  }
  return low
}
