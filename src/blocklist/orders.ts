import type { Knex } from 'knex'
import type { Models } from '../../models'
import type { AllowedNetwork } from '../../models/allowed-network'
import type { BlockedIP } from '../../models/blocked-ip'
import type { Giver } from '../http/giver'
import type { Network } from '../net/network'
import { endBlocks } from './ended'
import { DEFAULT_ESCALATION, type End, escalatedMs } from './escalation'
import { BlockRefused, guardsOf, type Objection } from './guards'
import { comeForward, lockBlocklist, stepBehind } from './shadowed'

/** An order about a network, and who gives it. */
export interface Given extends Giver {
  network: Network
}

export interface BlockOrder extends Given {
  reason: string
  source: 'person' | 'detection'
  expiresAt: End
  /** Overrules the guards. */
  force?: boolean
  /** The finding behind it, for the audit log. */
  finding?: { id: number; window: Date; reasons: readonly string[] } | undefined
}

export interface AllowOrder extends Given {
  reason: string
}

type Tables = Pick<Models, 'AllowedNetwork' | 'AuditEntry' | 'BlockedIP'>

/** Changes to the blocklist's tables, each in one transaction with its entry in the audit log. */
export class Orders {
  readonly #models: Tables
  readonly #trustedProxies: readonly Network[]
  readonly #escalation: readonly number[]

  /** `escalation`: how long the first, the second, … block of a repeat offender lasts. */
  constructor(
    models: Tables,
    trustedProxies: readonly Network[],
    escalation: readonly number[] = DEFAULT_ESCALATION,
  ) {
    this.#models = models
    this.#trustedProxies = trustedProxies
    this.#escalation = escalation.length > 0 ? escalation : DEFAULT_ESCALATION
  }

  /** What the guards say against blocking this network. */
  objectionTo({ network, from }: Pick<Given, 'network' | 'from'>): Objection | undefined {
    return guardsOf({ trustedProxies: this.#trustedProxies, from })(network)
  }

  /**
   * Blocks a network, or gives its block a new reason and end. The block of a person is changed
   * by persons only; the entry of a list steps behind and is not lost. Throws `BlockRefused` when
   * a guard objects and the order is not forced.
   */
  async block(order: BlockOrder): Promise<BlockedIP> {
    const [block] = await this.blockAll([order])
    return block!
  }

  /**
   * Does what `block` does, for all of them or for none; `also` is done in the same transaction.
   */
  async blockAll(
    orders: readonly BlockOrder[],
    also?: (trx: Knex.Transaction) => Promise<unknown>,
  ): Promise<BlockedIP[]> {
    for (const order of orders) {
      const objection = this.objectionTo(order)
      if (objection && !order.force) throw new BlockRefused(order.network, objection)
    }
    const { BlockedIP } = this.#models
    return BlockedIP.transaction(async (trx) => {
      await lockBlocklist(trx)
      const blocks: BlockedIP[] = []
      for (const order of orders) blocks.push(await this.#blockIn(trx, order))
      await also?.(trx)
      return blocks
    })
  }

  async #blockIn(trx: Knex.Transaction, order: BlockOrder): Promise<BlockedIP> {
    const objection = this.objectionTo(order)
    const before = await this.#running(trx, order.network)
    if (before?.source === 'person' && order.source !== 'person') return before

    await stepBehind(trx, order.network)
    const block = await this.#place(trx, order, before)
    await this.#note(trx, before ? 'block.change' : 'block.create', order, {
      reason: block.reason,
      source: block.source,
      expiresAt: block.expiresAt,
      forced: objection !== undefined,
      ...(order.finding && { finding: order.finding }),
      ...(objection && { overruled: objection.why }),
      ...(before && { before: summary(before) }),
    })
    return block
  }

  /** Ends the block of exactly this network, whoever holds it, lists too. */
  unblock(order: Given): Promise<BlockedIP | undefined> {
    const { BlockedIP } = this.#models
    return BlockedIP.transaction(async (trx) => {
      await lockBlocklist(trx)
      const block = await this.#running(trx, order.network)
      if (!block) return undefined

      await trx('shadowed_blocks').where('ip_address', order.network).delete()
      await BlockedIP.query(trx).deleteById(block.id)
      await this.#note(trx, 'block.delete', order, summary(block))
      return block
    })
  }

  /**
   * Takes a block back that the detection made, by its id, as if it had not been given: an entry of
   * a list comes forward again. Undefined when it is over, or somebody else's by now.
   */
  withdraw(order: Given, id: number): Promise<BlockedIP | undefined> {
    const { BlockedIP } = this.#models
    return BlockedIP.transaction(async (trx) => {
      await lockBlocklist(trx)
      const block = await this.#running(trx, order.network)
      if (block?.id !== id || block.source !== 'detection') return undefined

      await BlockedIP.query(trx).deleteById(id)
      await comeForward(trx)
      await this.#note(trx, 'block.delete', order, summary(block))
      return block
    })
  }

  /** Allows a network, or gives an allowed one a new reason. */
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

  /** The block of exactly this network; one that is over becomes history first. */
  async #running(trx: Knex.Transaction, network: Network): Promise<BlockedIP | undefined> {
    const find = () => this.#models.BlockedIP.query(trx).findOne('ip_address', network)
    const block = await find()
    if (!block?.expiresAt || block.expiresAt.getTime() > Date.now()) return block
    await endBlocks(trx, this.#models, [block])
    await comeForward(trx)
    return find()
  }

  async #place(
    trx: Knex.Transaction,
    { network, reason, source, by, expiresAt: end }: BlockOrder,
    before: BlockedIP | undefined,
  ): Promise<BlockedIP> {
    const { AuditEntry, BlockedIP } = this.#models
    const escalatedEnd = async () => {
      const ms = await escalatedMs(AuditEntry.query(trx), network, this.#escalation)
      return new Date(Date.now() + ms)
    }
    const expiresAt = end === 'escalate' ? await escalatedEnd() : end
    const row = {
      reason,
      source,
      sourceName: null,
      blockedBy: by,
      blockedAt: new Date(),
      expiresAt,
    }
    if (before && before.source !== 'import') {
      return BlockedIP.query(trx).patchAndFetchById(before.id, row)
    }
    return BlockedIP.query(trx)
      .insert({ ...row, ipAddress: network })
      .returning('*')
      .first()
      .throwIfNotFound()
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

function summary({ reason, source, sourceName, expiresAt }: BlockedIP) {
  return { reason, source, sourceName, expiresAt }
}
