import { FEATURES } from '../features'

/** Values within such a step of each other look alike; features are logarithms and shares. */
const STEP = 0.25
/** As a share is drawn towards the usual one, so that single requests look alike. */
const PRIOR_REQUESTS = 3

/** A coarse fingerprint of a row as `observe` writes it: rows with the same one look alike. */
export function looksOf(observed: ArrayLike<number>): string {
  return FEATURES.map(({ of }, nth) => {
    const [count, base] = [observed[2 * nth]!, observed[2 * nth + 1]!]
    return Math.round((of ? count / (base + PRIOR_REQUESTS) : Math.log1p(count)) / STEP)
  }).join()
}
