const MONTHS = 'JanFebMarAprMayJunJulAugSepOctNovDec'

/** Length of `17/May/2015:10:05:03 +0000`. */
export const CLF_TIME_LENGTH = 26

/** Before the first web server; a time this old is a clock that was not set. */
const EARLIEST = Date.UTC(1990, 0, 1)
/** Room for clocks that are ahead, and for time zones that were left out. */
const FUTURE_MS = 86_400_000

/** How many units a second has in a number this large: seconds, then milli-, micro- and nanoseconds. */
const EPOCH_UNITS: readonly [below: number, perMs: number][] = [
  [1e11, 1e-3],
  [1e14, 1],
  [1e17, 1e3],
  [Number.POSITIVE_INFINITY, 1e6],
]

/**
 * The time `dd/Mon/yyyy:hh:mm:ss ±zzzz` that starts at `at`, in milliseconds since 1970;
 * NaN when there is none.
 */
export function readClfTime(text: string, at: number): number {
  const time = clfClock(text, at)
  return text[at + 20] === ' ' ? time - zoneMs(text.slice(at + 21, at + 26)) : Number.NaN
}

/**
 * A time as servers write it, in milliseconds since 1970; NaN when there is none: ISO 8601 (with a
 * blank or slashes too), that of the common log format, cPanel's `mm/dd/yyyy:hh:mm:ss`, Apache's
 * `Sat Mar 07 10:05:03.123 2026`, or a number of seconds to nanoseconds since 1970. A time without
 * a zone is taken for UTC.
 */
export function readTime(value: unknown): number {
  if (typeof value === 'number') return epoch(value)
  if (typeof value !== 'string' || value.length > 40) return Number.NaN
  if (/^\d{9,19}(?:\.\d{1,9})?$/.test(value)) return epoch(Number(value))
  if (value[4] === '-' || value[4] === '/') return readIsoTime(value)
  if (value[2] !== '/') return readApacheTime(value)
  const clock = value[6] === '/' ? clfClock(value, 0) : cpanelClock(value)
  const end = value[6] === '/' ? 20 : 19
  const fraction = fractionEnd(value, end)
  return clock + fractionMs(value, end, fraction) - zoneMs(value.slice(fraction).trim())
}

/** Why a time cannot be that of a request; undefined when it can. */
export function implausible(time: number, now = Date.now()): string | undefined {
  if (Number.isNaN(time)) return 'the time cannot be read'
  if (time < EARLIEST) return 'the time lies before 1990'
  if (time > now + FUTURE_MS) return 'the time lies in the future'
  return undefined
}

function epoch(value: number): number {
  const [, perMs] = EPOCH_UNITS.find(([below]) => value < below) ?? [0, Number.NaN]
  return Math.floor(value / perMs)
}

/** `2026-03-07T10:05:03.123+01:00`. */
function readIsoTime(text: string): number {
  const clock = utc(
    digits(text, 0, 4),
    digits(text, 5, 2),
    digits(text, 8, 2),
    secondsOfDay(text, 11),
  )
  const isIso = text[7] === text[4] && (text[10] === 'T' || text[10] === ' ')
  const end = fractionEnd(text, 19)
  return isIso ? clock + fractionMs(text, 19, end) - zoneMs(text.slice(end).trim()) : Number.NaN
}

/** `Sat Mar 07 10:05:03.123456 2026`. */
function readApacheTime(text: string): number {
  const end = fractionEnd(text, 19)
  const year = text[end] === ' ' ? digits(text, end + 1, 4) : Number.NaN
  const day = text[8] === ' ' ? digits(text, 9, 1) : digits(text, 8, 2)
  return utc(year, monthAt(text, 4), day, secondsOfDay(text, 11)) + fractionMs(text, 19, end)
}

function clfClock(text: string, at: number): number {
  const day = digits(text, at, 2)
  const seconds = text[at + 11] === ':' ? secondsOfDay(text, at + 12) : Number.NaN
  return utc(digits(text, at + 7, 4), monthAt(text, at + 3), day, seconds)
}

function cpanelClock(text: string): number {
  return utc(digits(text, 6, 4), digits(text, 0, 2), digits(text, 3, 2), secondsOfDay(text, 11))
}

function utc(year: number, month: number, day: number, seconds: number): number {
  if (!(month >= 1 && month <= 12 && day >= 1 && day <= 31)) return Number.NaN
  return Date.UTC(year, month - 1, day) + seconds * 1_000
}

/** `hh:mm:ss`, where a leap second may be 60. */
function secondsOfDay(text: string, at: number): number {
  const hours = digits(text, at, 2)
  const minutes = digits(text, at + 3, 2)
  const seconds = digits(text, at + 6, 2)
  if (text[at + 2] !== ':' || text[at + 5] !== ':') return Number.NaN
  if (!(hours <= 24 && minutes <= 59 && seconds <= 60)) return Number.NaN
  return hours * 3_600 + minutes * 60 + seconds
}

function monthAt(text: string, at: number): number {
  const month = MONTHS.indexOf(text.slice(at, at + 3))
  return month % 3 === 0 ? month / 3 + 1 : Number.NaN
}

/** Where the digits behind a dot or a comma end; `at` itself without them. */
function fractionEnd(text: string, at: number): number {
  if (text[at] !== '.' && text[at] !== ',') return at
  let end = at + 1
  while (text.charCodeAt(end) >= 0x30 && text.charCodeAt(end) <= 0x39) end++
  return end
}

function fractionMs(text: string, at: number, end: number): number {
  return end > at + 1
    ? Math.floor(Number(`0.${text.slice(at + 1, Math.min(end, at + 10))}`) * 1_000)
    : 0
}

/** Milliseconds that a zone is ahead of UTC: `Z`, `+01`, `+0100`, `+01:00`, or none at all. */
function zoneMs(zone: string): number {
  if (zone === '' || zone === 'Z' || zone === 'UTC' || zone === 'GMT') return 0
  const sign = zone[0] === '+' ? 1 : zone[0] === '-' ? -1 : Number.NaN
  const minutesAt = zone[3] === ':' ? 4 : 3
  const minutes = zone.length === 3 ? 0 : digits(zone, minutesAt, 2)
  if (zone.length !== 3 && zone.length !== minutesAt + 2) return Number.NaN
  return sign * (digits(zone, 1, 2) * 60 + minutes) * 60_000
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
