import { FIRST_SEEN, REAL_WIDTH } from './roll-up-columns'
import type { RollUpTable } from './roll-up-table'

/** What a batch has of one window. */
export interface Window {
  /** Milliseconds since 1970, as is `firstSeen`. */
  readonly windowStart: number
  firstSeen: number
  rollUps: number
}

/**
 * What is left of roll-ups once they are encoded: their memory is used again while they wait to be
 * stored.
 */
export function windowsOf({ keys, reals }: RollUpTable): Window[] {
  const windows = new Map<number, Window>()
  keys.forEach(({ windowStart }, nth) => {
    const firstSeen = reals[nth * REAL_WIDTH + FIRST_SEEN]!
    const known = windows.get(windowStart)
    if (!known) {
      windows.set(windowStart, { windowStart, firstSeen, rollUps: 1 })
      return
    }
    known.firstSeen = Math.min(known.firstSeen, firstSeen)
    known.rollUps++
  })
  return [...windows.values()]
}
