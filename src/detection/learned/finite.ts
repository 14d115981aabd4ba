const VERY_LARGE = 1e15

/** What is no number as 0, and what is infinite as very large: broken rows must not break sums. */
export function finite(value: number): number {
  if (Number.isFinite(value)) return value
  return Number.isNaN(value) ? 0 : Math.sign(value) * VERY_LARGE
}
