import type { Knex } from 'knex'
import type { Models } from '../../models'
import { addressRollups } from '../../models/address-rollup'
import { campaignMembers } from '../../models/campaign-member'
import type { Address } from '../net/address'

/** Most requests that are read at once; more than that is asked for by `/admin/api/requests`. */
export const MOST_REQUESTS = 10_000

/** What one table holds of an address. */
interface Holding {
  /** The rows, the newest first. */
  read(): PromiseLike<object[]>
  /** Deletes them and answers how many there were; of what has none, a part may have to stay. */
  erase?(trx: Knex): PromiseLike<number>
}

/**
 * Everything that the database holds of an address and that can be told to be of it. `forms`: the address and its pseudonyms (`storedForms`).
 */
export function holdingsOf(address: Address, forms: readonly string[], knex: Knex, models: Models) {
  const { RequestLog, SuspiciousIP, Exception, BlockedIP, AllowedNetwork } = models
  const { AddressNote, AuditEntry } = models
  const requests = (trx = knex) => RequestLog.query(trx).whereIn('ip_address', forms)
  const findings = (trx = knex) => SuspiciousIP.query(trx).whereIn('ip_address', forms)
  const around = (column: string) =>
    [`${column} >>= any (?::inet[])`, [[...forms]]] as [string, string[][]]

  return {
    rollUps: {
      read: () => addressRollups.of(knex, forms),
      erase: (trx) => addressRollups.erase(trx, forms),
    },
    signatures: { read: () => addressRollups.signaturesOf(knex, forms) },
    requests: {
      read: () =>
        requests()
          .orderBy('timestamp', 'desc')
          .limit(MOST_REQUESTS + 1),
      erase: (trx) => requests(trx).delete(),
    },
    campaigns: {
      read: () => campaignMembers.ofAddress(knex, forms),
      erase: (trx) => campaignMembers.erase(trx, forms),
    },
    findings: {
      read: () => findings().orderBy('window_start', 'desc'),
      erase: (trx) => findings(trx).delete(),
    },
    exceptions: {
      read: () => Exception.query().whereRaw(...around('network')),
      erase: (trx) => Exception.query(trx).whereIn('network', forms).delete(),
    },
    notes: {
      read: () => AddressNote.query().whereRaw(...around('ip_address')),
      erase: (trx) => AddressNote.query(trx).whereIn('ip_address', forms).delete(),
    },
    blocks: { read: () => BlockedIP.query().whereRaw(...around('ip_address')) },
    allowed: { read: () => AllowedNetwork.query().whereRaw(...around('ip_address')) },
    decisions: {
      read: () =>
        AuditEntry.query()
          .whereIn('subject', forms)
          .orWhere('ip_address', address)
          .orderBy('at', 'desc'),
    },
  } satisfies Record<string, Holding>
}
