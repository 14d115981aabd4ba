import type { Models } from '../../models'
import type { Address } from '../net/address'
import { type Network, networkOf } from '../net/network'

/** Most entries shown. */
const SHOWN = 50

/**
 * What was done about an address and the networks around it, the newest first: blocks, their
 * changes and ends, allowed networks, reviews. As far back as the audit log goes (AUDIT_DAYS).
 */
export async function historyOf(auditEntries: Models['AuditEntry'], address: Address) {
  const entries = await auditEntries
    .query()
    .whereRaw('subject = any(?)', [networksAround(address)])
    .orderBy([
      { column: 'at', order: 'desc' },
      { column: 'id', order: 'desc' },
    ])
    .limit(SHOWN)
  return entries.map(({ at, actor, action, subject, details }) => {
    return { at, actor, action, ipAddress: subject, details }
  })
}

/** Every network that holds the address, itself too: an index finds 129 texts sooner than a range. */
function networksAround(address: Address): Network[] {
  const bits = address.includes(':') ? 128 : 32
  return Array.from({ length: bits + 1 }, (_, prefix) => networkOf(address, prefix))
}
