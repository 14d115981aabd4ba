import { setTimeout as sleep } from 'node:timers/promises'
import type { Knex } from 'knex'
import type { Models } from '../../models'
import { eraseFromBlocklist } from '../blocklist/erasure'
import { forgetInBaseline } from '../detection/learned/stored-baseline'
import type { Address } from '../net/address'
import type { Bus } from '../platform/bus'
import { orderErasure } from '../request-log/erasures'
import { keptKeys } from '../request-log/pseudonym-keys'
import { storedForms } from '../request-log/stored-address'
import { forgetInSketches } from '../request-log/traffic-addresses'
import { forgetDecisions } from './decisions'
import { holdingsOf, MOST_REQUESTS } from './holdings'

/** On this topic instances are told to forget places, and what they have kept aside of the erased. */
export const ERASURE_TOPIC = 'erasure'
/** Well above the time in which another instance comes to the end of a batch that it has begun with. */
const OTHERS_MS = 1_000

/** What an erasure removed, and what it had to keep. */
export interface Erasure {
  ipAddress: Address
  requests: number
  rollUps: number
  findings: number
  /** Rows that said that it took part in a campaign. */
  campaigns: number
  exceptions: number
  /** What people had written down about it. */
  notes: number
  /** Rows without an address that were learned from in its network. */
  baselineRows: number
  /** Whether it was allowed by itself: it is no longer. */
  allowed: number
  /** Entries of the audit log that named it, and do not any more. */
  decisions: number
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
    /** Its records that the database has refused, which are kept in a file. */
    quarantined(address: Address): Promise<object[]>
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
    await this.#parts.held.drain()
    const { holdings } = await this.#holdingsOf(address)
    const read = Object.entries(holdings).map(async ([name, { read }]) => [name, await read()])
    const { requests, ...others }: Record<string, object[]> = Object.fromEntries(
      await Promise.all(read),
    )
    return {
      ipAddress: address,
      exportedAt: new Date(),
      requests: requests!.slice(0, MOST_REQUESTS),
      requestsComplete: requests!.length <= MOST_REQUESTS,
      ...others,
      quarantined: await this.#parts.held.quarantined(address),
      note: 'Rows that name only the network of the address (/24, /48) or a pseudonym whose key is deleted cannot be told from those of others, and are not part of this copy.',
    }
  }

  /**
   * Erases what is stored about one address (GDPR, article 17), except a running block: from the
   * tables, from what still waits in files, and from caches. What another instance holds of it is
   * not written any more, not even by one that comes back after days. The audit entry says how much
   * was removed, not of whom.
   */
  async erase(address: Address, actor: string): Promise<Erasure> {
    const { knex, models, bus, held } = this.#parts
    await orderErasure(knex, storedForms(address, await keptKeys(knex)))
    await bus.publish(ERASURE_TOPIC)
    await sleep(OTHERS_MS)
    await held.forget(address)
    const { holdings, forms } = await this.#holdingsOf(address)

    return knex.transaction(async (trx) => {
      // Again: the detection may have read the rows since, and must not save anything when they are gone.
      await orderErasure(trx, forms)
      const { allowed, kept } = await eraseFromBlocklist(trx, models, address)
      // Before the requests, which tell where it was counted.
      await forgetInSketches(trx, forms)
      const erased = {
        // Those of a request's windows are looked up by the request, which therefore goes later.
        rollUps: await holdings.rollUps.erase(trx),
        requests: await holdings.requests.erase(trx),
        campaigns: await holdings.campaigns.erase(trx),
        findings: await holdings.findings.erase(trx),
        exceptions: await holdings.exceptions.erase(trx),
        notes: await holdings.notes.erase(trx),
        baselineRows: await forgetInBaseline(trx, forms),
        allowed,
        decisions: await forgetDecisions(trx, address, forms, kept === 'address'),
      }
      await models.AuditEntry.query(trx).insert({ actor, action: 'subject.erase', details: erased })
      return { ipAddress: address, ...erased, blockKept: kept !== undefined }
    })
  }

  async #holdingsOf(address: Address) {
    const { knex, models } = this.#parts
    const forms = storedForms(address, await keptKeys(knex))
    return { forms, holdings: holdingsOf(address, forms, knex, models) }
  }
}
