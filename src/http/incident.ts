import { randomInt } from 'node:crypto'

const TIME_DIGITS = 11
const RANDOM_DIGITS = 5
const INCIDENT = new RegExp(`^[\\da-f]{${TIME_DIGITS + RANDOM_DIGITS}}$`)

/**
 * The number under which a person finds what happened at `now` (milliseconds since 1970): 16
 * hexadecimal digits, of which 11 are the time, so that it is found without an index of its own,
 * and 5 are random. It opens nothing: looking it up takes an admin.
 */
export function newIncident(now = Date.now()): string {
  const random = randomInt(16 ** RANDOM_DIGITS)
  return hex(now, TIME_DIGITS) + hex(random, RANDOM_DIGITS)
}

/** When the incident happened; undefined when `text` is not one that `newIncident` made. */
export function timeOfIncident(text: string): Date | undefined {
  return INCIDENT.test(text) ? new Date(Number.parseInt(text.slice(0, TIME_DIGITS), 16)) : undefined
}

function hex(number: number, digits: number): string {
  return number.toString(16).padStart(digits, '0')
}
