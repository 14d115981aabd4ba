import type { Reason } from '../../../models/suspicious-ip'

/** Evidence weaker than this is not worth a sentence. */
const LEAST_WEIGHT = 0.1
/** No single rule is certain. */
const MOST_WEIGHT = 0.97

/** The reason, unless it hardly weighs. */
export function reason(weight: number, text: string): Reason[] {
  if (!(weight >= LEAST_WEIGHT)) return []
  return [{ text, kind: 'rule', weight: Math.min(weight, MOST_WEIGHT) }]
}

/** How far repetition convinces: 0 up to `doubt` times, towards 1 for many, and half at twice as many. */
export function repeated(times: number, doubt: number): number {
  return times > doubt ? 1 - doubt / times : 0
}

/** `once`, `7 times` */
export function times(count: number): string {
  return count === 1 ? 'once' : `${count} times`
}

/** `1 page`, `7 pages` */
export function several(count: number, thing: string): string {
  return `${count} ${thing}${count === 1 ? '' : 's'}`
}

/** `all of them`, `3 of them`: those among so many; there may be others as well. */
export function someOf(part: number, whole: number): string {
  return part >= whole && whole > 1 ? 'all of them' : `${Math.min(part, whole)} of them`
}
