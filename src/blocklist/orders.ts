import type { Knex } from 'knex'
import type { Models } from '../../models'
import type { AllowedNetwork } from '../../models/allowed-network'
import type { BlockedIP } from '../../models/blocked-ip'
import type { Address } from '../net/address'
import type { Network } from '../net/network'
import { BlockRefused, refusalOf } from './guards'

/** An order about a network, and who gives it. */
export interface Given {
  network: Network
  /** Name of the person, key or job. */
  by: string
  /** Where it was given from, when it came over the network. */
  from?: Address
}

export interface BlockOrder extends Given {
  reason: string
  source: 'person' | 'detection'
  /** Null when it does not end by itself. */
  expiresAt: Date | null
  /** Leaves the guards out. */
  force?: boolean
}

export interface AllowOrder extends Given {
  reason: string
}

/** A person's block gives way to persons only, until it has ended. */
const MAY_REPLACE = `
  excluded.source = 'person' or blocked_ips.source <> 'person' or blocked_ips.expires_at <= now()`

type Tables = Pick<Models, 'AllowedNetwork' | 'AuditEntry' | 'BlockedIP'>

/** Changes to the blocklist's tables, each in one transaction with its entry in the audit log. */
export class Orders {
  readonly #models: Tables
  readonly #trustedProxies: readonly Network[]

  constructor(models: Tables, trustedProxies: readonly Network[]) {
    this.#models = models
    this.#trustedProxies = trustedProxies
  }

  /**
   * Blocks a network, or gives its block a new reason and end; the block of a person is changed
   * by persons only. Throws `BlockRefused` when a guard objects and the order is not forced.
   */
  async block(order: BlockOrder): Promise<BlockedIP> {
    const { network, reason, source, by, expiresAt, from, force = false } = order
    const why = refusalOf(network, { trustedProxies: this.#trustedProxies, from })
    if (why && !force) throw new BlockRefused(network, why)

    const row = { ipAddress: network, reason, source, sourceName: null, blockedBy: by, expiresAt }
    const { BlockedIP } = this.#models
    return BlockedIP.transaction(async (trx) => {
      const block = await BlockedIP.query(trx)
        .insert({ ...row, blockedAt: new Date() })
        .onConflict('ip_address')
        .merge()
        .whereRaw(MAY_REPLACE)
        .returning('*')
        .first()
      // When nothing was written, objection hands back what was to be, without an id.
      if (block?.id === undefined) {
        return BlockedIP.query(trx).findOne('ip_address', network).throwIfNotFound()
      }

      await this.#note(trx, 'block.create', order, {
        reason,
        source,
        expiresAt,
        forced: Boolean(why),
      })
      return block
    })
  }

  /** Removes the block of exactly this network. */
  unblock(order: Given): Promise<BlockedIP | undefined> {
    const { BlockedIP } = this.#models
    return BlockedIP.transaction(async (trx) => {
      const block = await BlockedIP.query(trx)
        .delete()
        .where('ip_address', order.network)
        .returning('*')
        .first()
      if (block) await this.#note(trx, 'block.delete', order, { reason: block.reason })
      return block
    })
  }

  allow(order: AllowOrder): Promise<AllowedNetwork> {
    const { network, reason, by } = order
    const { AllowedNetwork } = this.#models
    return AllowedNetwork.transaction(async (trx) => {
      const allowed = await AllowedNetwork.query(trx)
        .insert({ ipAddress: network, reason, allowedBy: by, allowedAt: new Date() })
        .onConflict('ip_address')
        .merge()
        .returning('*')
        .first()
      await this.#note(trx, 'network.allow', order, { reason })
      return allowed!
    })
  }

  disallow(order: Given): Promise<AllowedNetwork | undefined> {
    const { AllowedNetwork } = this.#models
    return AllowedNetwork.transaction(async (trx) => {
      const allowed = await AllowedNetwork.query(trx)
        .delete()
        .where('ip_address', order.network)
        .returning('*')
        .first()
      if (allowed) await this.#note(trx, 'network.disallow', order, { reason: allowed.reason })
      return allowed
    })
  }

  async #note(trx: Knex.Transaction, action: string, given: Given, details: object): Promise<void> {
    const { by, network, from } = given
    await this.#models.AuditEntry.query(trx).insert({
      actor: by,
      action,
      subject: network,
      details: { ...details },
      ipAddress: from ?? null,
    })
  }
}
