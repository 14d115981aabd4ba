import { quote } from '../net/refusal'

const UNITS = { s: 1_000, m: 60_000, h: 3_600_000, d: 86_400_000, w: 604_800_000 }
const LONGEST_MS = 3_650 * UNITS.d

/** Text that is not a duration; `message` is a sentence for the person who wrote it. */
export class InvalidDuration extends Error {
  override name = 'InvalidDuration'
}

/**
 * A duration as people write it, in milliseconds: a whole number and one of s, m, h, d, w, such as
 * `30m`, `24h` or `7d`; from one second to ten years. Throws `InvalidDuration` for anything else.
 */
export function requireDuration(text: string): number {
  const [, digits, unit] = /^(\d{1,9})([smhdw])$/.exec(text) ?? []
  if (digits === undefined) {
    throw new InvalidDuration(`${quote(text)} is not a duration: write one such as 30m, 24h or 7d.`)
  }
  const ms = Number(digits) * UNITS[unit as keyof typeof UNITS]
  if (ms > 0 && ms <= LONGEST_MS) return ms
  throw new InvalidDuration(`${quote(text)} is not between one second and ten years (3650d).`)
}
