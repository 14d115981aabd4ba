import { createHmac } from 'node:crypto'
import type { Knex } from 'knex'
import { sharedSecret } from '../platform/secrets'

/** Base 32 without letters that are taken for digits: Crockford's alphabet. */
const DIGITS = '0123456789abcdefghjkmnpqrstvwxyz'
const LENGTH = 10
const INCIDENT = new RegExp(`^[${DIGITS}]{${LENGTH}}$`)

/** Names what one address, as it is stored, did in the hour that begins at `window`. */
export type NameIncident = (address: string, window: Date) => string

/**
 * Names for findings: ten digits of base 32, the same for the same address and hour whoever judges
 * it, and however often. They are keyed, so that a number in a ticket tells nobody an address that
 * has been erased. The number on a 403 is another one: `http/incident.ts`.
 */
export async function findingIncidents(knex: Knex): Promise<NameIncident> {
  return incidentsNamedWith(await sharedSecret(knex, 'finding incidents'))
}

/** Names with a key of one's own: without the service's they are not the service's names. */
export function incidentsNamedWith(key: string | Buffer): NameIncident {
  return (address, window) => {
    const hash = createHmac('sha256', key).update(`${address} ${window.toISOString()}`).digest()
    return Array.from(hash.subarray(0, LENGTH), (byte) => DIGITS[byte % DIGITS.length]).join('')
  }
}

/** Whether `text` looks like such a name. */
export function isFindingIncident(text: string): boolean {
  return INCIDENT.test(text)
}
