import type { RollUp } from './roll-up'

/** What a batch has of one window. */
export interface Window {
  /** Milliseconds since 1970, as is `firstSeen`. */
  readonly windowStart: number
  firstSeen: number
  rollUps: number
}

/**
 * What is left of roll-ups once they are encoded. A batch may have as many of them as records, and
 * they must not wait in memory until it is stored.
 */
export function windowsOf(rollUps: readonly RollUp[]): Window[] {
  const windows = new Map<number, Window>()
  for (const { windowStart, firstSeen } of rollUps) {
    const known = windows.get(windowStart)
    if (!known) {
      windows.set(windowStart, { windowStart, firstSeen, rollUps: 1 })
      continue
    }
    known.firstSeen = Math.min(known.firstSeen, firstSeen)
    known.rollUps++
  }
  return [...windows.values()]
}
