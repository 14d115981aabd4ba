import { setTimeout as sleep } from 'node:timers/promises'
import type { Knex } from 'knex'
import type { Models } from '../../models'
import { addressRollups } from '../../models/address-rollup'
import { campaignMembers } from '../../models/campaign-member'
import { forgetInBaseline } from '../detection/learned/stored-baseline'
import type { Address } from '../net/address'
import type { Bus } from '../platform/bus'
import { keptKeys } from '../request-log/pseudonym-keys'
import { storedForms } from '../request-log/stored-address'

/** Most requests in one export; more than that is asked for by `/admin/api/requests`. */
const MOST_REQUESTS = 10_000

/** On this topic instances are told to write what they hold in files, and to forget places. */
export const ERASURE_TOPIC = 'erasure'
/** Well above the time in which another instance writes what it has recorded. */
const OTHERS_MS = 1_000

/** What stands in the audit log in place of an address that was erased. */
const ERASED = '(erased)'

/** What an erasure removed, and what it had to keep. */
export interface Erasure {
  ipAddress: Address
  requests: number
  rollUps: number
  findings: number
  /** Rows that said that it took part in a campaign. */
  campaigns: number
  exceptions: number
  /** Rows without an address that were learned from in its network. */
  baselineRows: number
  /** A running block stays: erasing must not be a way around it. */
  blockKept: boolean
}

interface Parts {
  knex: Knex
  models: Models
  bus: Pick<Bus, 'publish'>
  /** What this process holds outside the database. */
  held: {
    /** Resolves when what was recorded so far can be found in the database. */
    drain(): Promise<void>
    /** Does the same, and removes what files and caches still know of `address`. */
    forget(address: Address): Promise<void>
  }
}

/** What is stored about the person behind an address, to be handed to them or erased. */
export class Subjects {
  readonly #parts: Parts

  constructor(parts: Parts) {
    this.#parts = parts
  }

  /** Everything that can be told to be of one address (GDPR, article 15). */
  async export(address: Address) {
    const { knex, models, held } = this.#parts
    await held.drain()
    const forms = storedForms(address, await keptKeys(knex))
    const [
      requests,
      rollUps,
      signatures,
      findings,
      campaigns,
      exceptions,
      blocks,
      allowed,
      decisions,
    ] = await Promise.all([
      models.RequestLog.query()
        .whereIn('ip_address', forms)
        .orderBy('timestamp', 'desc')
        .limit(MOST_REQUESTS + 1),
      addressRollups.of(knex, forms),
      addressRollups.signaturesOf(knex, forms),
      models.SuspiciousIP.query().whereIn('ip_address', forms).orderBy('window_start', 'desc'),
      campaignMembers.ofAddress(knex, forms),
      models.Exception.query().whereRaw('network >>= ?::inet', [address]),
      models.BlockedIP.query().whereRaw('ip_address >>= ?::inet', [address]),
      models.AllowedNetwork.query().whereRaw('ip_address >>= ?::inet', [address]),
      models.AuditEntry.query().where(mentions(address)).orderBy('at', 'desc'),
    ])
    return {
      ipAddress: address,
      exportedAt: new Date(),
      requests: requests.slice(0, MOST_REQUESTS),
      requestsComplete: requests.length <= MOST_REQUESTS,
      rollUps,
      signatures,
      findings,
      campaigns,
      exceptions,
      blocks,
      allowed,
      decisions,
      note: 'Rows that name only the network of the address (/24, /48) or a pseudonym whose key is deleted cannot be told from those of others, and are not part of this copy.',
    }
  }

  /**
   * Erases what is stored about one address (GDPR, article 17), except a running block: from the
   * tables, from what still waits in files, and from caches. Other instances are told to write
   * what they hold first. The audit entry says how much was removed, not of whom.
   */
  async erase(address: Address, actor: string): Promise<Erasure> {
    const { knex, models, bus, held } = this.#parts
    await bus.publish(ERASURE_TOPIC)
    await Promise.all([held.forget(address), sleep(OTHERS_MS)])
    const forms = storedForms(address, await keptKeys(knex))

    return knex.transaction(async (trx) => {
      const erased = {
        rollUps: await addressRollups.erase(trx, forms),
        requests: await models.RequestLog.query(trx).whereIn('ip_address', forms).delete(),
        campaigns: await campaignMembers.erase(trx, forms),
        findings: await models.SuspiciousIP.query(trx).whereIn('ip_address', forms).delete(),
        exceptions: await models.Exception.query(trx).whereIn('network', forms).delete(),
        baselineRows: await forgetInBaseline(trx, forms),
      }
      const blockKept = await this.#removeEndedBlocks(trx, address)
      if (!blockKept) await this.#blankDecisions(trx, address)
      await models.AuditEntry.query(trx).insert({ actor, action: 'subject.erase', details: erased })
      return { ipAddress: address, ...erased, blockKept }
    })
  }

  /** Answers whether a block that is running covers the address. */
  async #removeEndedBlocks(trx: Knex.Transaction, address: Address): Promise<boolean> {
    const { BlockedIP } = this.#parts.models
    await BlockedIP.query(trx)
      .whereRaw('ip_address = ?::cidr and expires_at <= now()', [address])
      .delete()
    const running = await BlockedIP.query(trx)
      .whereRaw('ip_address >>= ?::inet and (expires_at is null or expires_at > now())', [address])
      .first()
    return running !== undefined
  }

  /** What was decided, by whom and when, is kept; about which address, is not. */
  async #blankDecisions(trx: Knex.Transaction, address: Address): Promise<void> {
    const { AuditEntry } = this.#parts.models
    await AuditEntry.query(trx).where('subject', address).patch({ subject: ERASED, details: {} })
    await AuditEntry.query(trx).where('ip_address', address).patch({ ipAddress: null })
  }
}

function mentions(address: Address) {
  return { subject: address }
}
