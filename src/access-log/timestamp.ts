const MONTHS = 'JanFebMarAprMayJunJulAugSepOctNovDec'

/** Length of `17/May/2015:10:05:03 +0000`. */
export const CLF_TIME_LENGTH = 26

/** Before the first web server; a time this old is a clock that was not set. */
const EARLIEST = Date.UTC(1990, 0, 1)
/** Room for clocks that are ahead, and for time zones that were left out. */
const FUTURE_MS = 86_400_000

/**
 * The time `dd/Mon/yyyy:hh:mm:ss ±zzzz` that starts at `at`, in milliseconds since 1970;
 * NaN when there is none.
 */
export function readClfTime(text: string, at: number): number {
  const month = MONTHS.indexOf(text.slice(at + 3, at + 6))
  const seconds = digits(text, at + 12, 2) * 3_600 + digits(text, at + 15, 2) * 60
  const time =
    Date.UTC(digits(text, at + 7, 4), month / 3, digits(text, at, 2)) +
    (seconds + digits(text, at + 18, 2)) * 1_000
  const offset = (digits(text, at + 22, 2) * 60 + digits(text, at + 24, 2)) * 60_000

  const sign = text[at + 21]
  if (month < 0 || month % 3 !== 0 || text[at + 20] !== ' ') return Number.NaN
  if (sign === '+') return time - offset
  return sign === '-' ? time + offset : Number.NaN
}

/** Why a time cannot be that of a request; undefined when it can. */
export function implausible(time: number, now = Date.now()): string | undefined {
  if (Number.isNaN(time)) return 'the time cannot be read'
  if (time < EARLIEST) return 'the time lies before 1990'
  if (time > now + FUTURE_MS) return 'the time lies in the future'
  return undefined
}

/** A number of exactly `length` digits; NaN for anything else. */
function digits(text: string, at: number, length: number): number {
  let value = 0
  for (let i = at; i < at + length; i++) {
    const digit = text.charCodeAt(i) - 0x30
    if (!(digit >= 0 && digit <= 9)) return Number.NaN
    value = value * 10 + digit
  }
  return value
}
