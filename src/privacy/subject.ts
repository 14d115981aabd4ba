import type { Models } from '../../models'
import { addressRollups } from '../../models/address-rollup'
import type { Address } from '../net/address'

/** Most requests in one export; more than that is asked for by `/admin/api/requests`. */
const MOST_REQUESTS = 10_000

interface Requests {
  /** Resolves when what was recorded so far can be found in the database. */
  drain(): Promise<void>
}

/** Everything that is stored about one address, for the person behind it (GDPR, article 15). */
export async function exportSubject(models: Models, requests: Requests, address: Address) {
  await requests.drain()
  const [requestRows, rollUps, findings, blocks, allowed] = await Promise.all([
    models.RequestLog.query()
      .where('ip_address', address)
      .orderBy('timestamp', 'desc')
      .limit(MOST_REQUESTS + 1),
    addressRollups.of(models.RequestLog.knex(), address),
    models.SuspiciousIP.query().where('ip_address', address).orderBy('window_start', 'desc'),
    models.BlockedIP.query().whereRaw('ip_address >>= ?::inet', [address]),
    models.AllowedNetwork.query().whereRaw('ip_address >>= ?::inet', [address]),
  ])
  return {
    ipAddress: address,
    exportedAt: new Date(),
    requests: requestRows.slice(0, MOST_REQUESTS),
    requestsComplete: requestRows.length <= MOST_REQUESTS,
    rollUps,
    findings,
    blocks,
    allowed,
  }
}

/** What an erasure removed, and what it had to keep. */
export interface Erasure {
  ipAddress: Address
  requests: number
  findings: number
  /** A running block stays: erasing must not be a way around it. */
  blockKept: boolean
}

/**
 * Erases what is stored about one address (GDPR, article 17), except a running block. The audit
 * entry says that an erasure happened and how much it removed, not of whom.
 */
export async function eraseSubject(
  models: Models,
  requests: Requests,
  address: Address,
  actor: string,
): Promise<Erasure> {
  await requests.drain()
  return models.RequestLog.transaction(async (trx) => {
    await addressRollups.erase(trx, address)
    const erased = {
      requests: await models.RequestLog.query(trx).where('ip_address', address).delete(),
      findings: await models.SuspiciousIP.query(trx).where('ip_address', address).delete(),
    }
    const block = await models.BlockedIP.query(trx)
      .whereRaw('ip_address >>= ?::inet and (expires_at is null or expires_at > now())', [address])
      .first()
    await models.BlockedIP.query(trx)
      .whereRaw('ip_address = ?::cidr and expires_at <= now()', [address])
      .delete()
    await models.AuditEntry.query(trx).insert({ actor, action: 'subject.erase', details: erased })
    return { ipAddress: address, ...erased, blockKept: block !== undefined }
  })
}
