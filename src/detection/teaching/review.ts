import type { Knex } from 'knex'
import type { Models } from '../../../models'
import type { Exception } from '../../../models/exception'
import type { SuspiciousIP } from '../../../models/suspicious-ip'
import type { Blocklist } from '../../blocklist/blocklist'
import type { End } from '../../blocklist/escalation'
import { type Address, parseAddress } from '../../net/address'
import { type Network, requireNetwork } from '../../net/network'
import type { Bus } from '../../platform/bus'
import { type Normal, noteException, scopeOf } from './exceptions'

export type Decision = 'block' | 'dismiss' | 'allow' | 'reopen'

const STATUS = { block: 'blocked', dismiss: 'dismissed', allow: 'allowed', reopen: 'open' } as const

/** What a person decides about a finding. */
export interface Review {
  decision: Decision
  note?: string | undefined
  /** The status that the person saw: another one by now refuses the decision. */
  was?: SuspiciousIP['status'] | undefined
  /** With `block`: when it ends, and whether the guards are overruled. */
  expiresAt: End
  force?: boolean
  /** With `dismiss`: what is normal about it. */
  normal?: Normal | undefined
  /** Who decides, and from where. */
  by: string
  from: Address
}

/** The address lies in an allowed network, where a block would have no effect. */
export class IsAllowed extends Error {
  override name = 'IsAllowed'
}

/** Somebody else was quicker: nothing was done. `finding` is what it is now; undefined when it is gone. */
export class ReviewedMeanwhile extends Error {
  override name = 'ReviewedMeanwhile'

  constructor(readonly finding: SuspiciousIP | undefined) {
    super(
      finding
        ? `The finding is ${finding.status} by now${finding.reviewedBy ? ` (${finding.reviewedBy})` : ''}: look again.`
        : 'The hour was judged again meanwhile, and the finding does not hold any more.',
    )
  }
}

/** What a decision has made outside the finding. */
interface Made {
  blockId: number | null
  allowedId: number | null
}

type Given = Pick<Review, 'by' | 'from'>

interface Parts {
  models: Pick<Models, 'SuspiciousIP' | 'AuditEntry' | 'AllowedNetwork' | 'BlockedIP' | 'Exception'>
  blocklist: Pick<Blocklist, 'allow' | 'block' | 'disallow' | 'isAllowed' | 'withdraw'>
  /** Is told of every decision. */
  bus: Pick<Bus, 'publish'>
}

/** Decisions of people about findings. */
export class Reviews {
  readonly #parts: Parts

  constructor(parts: Parts) {
    this.#parts = parts
  }

  /**
   * Carries a decision out and notes it, on the finding and in the audit log; undefined when there
   * is no such finding. `block` and `allow` hold when the promise resolves.
   *
   * Another decision replaces the one before, and what that had made goes: its block, its allowed
   * network, its exceptions. `reopen` does only that. Of two given at the same moment the first
   * counts, unless they are the same; the other throws `ReviewedMeanwhile`. Throws `BlockRefused`,
   * `IsAllowed` and `TooBroad` as well, and then nothing has changed.
   */
  async decide(id: number, review: Review): Promise<SuspiciousIP | undefined> {
    const { SuspiciousIP } = this.#parts.models
    const found = await SuspiciousIP.query().findById(id)
    if (!found) return undefined
    if (review.was !== undefined && review.was !== found.status) throw new ReviewedMeanwhile(found)
    if (review.decision === 'reopen' && found.status === 'open') return found

    const scope = review.normal && scopeOf(review.normal, requireNetwork(found.ipAddress))
    const made = await this.#carryOut(found, review)
    const reviewed = await this.#mark(found, review, made, scope)
    if (reviewed) {
      await this.#takeBack(found, found, reviewed, review)
      await this.#parts.bus.publish('findings')
      return reviewed
    }
    const now = await SuspiciousIP.query().findById(id)
    if (now?.status === STATUS[review.decision]) return now
    await this.#takeBack(found, made, now, review)
    throw new ReviewedMeanwhile(now)
  }

  // Before the finding is marked: a crash in between leaves a block and an open finding, which can
  // be decided again, and never a finding that only looks blocked.
  async #carryOut(found: SuspiciousIP, review: Review): Promise<Made> {
    const network = requireNetwork(found.ipAddress)
    if (review.decision === 'allow') return this.#allow(found, network, review)
    if (review.decision === 'block') return this.#block(found, network, review)
    return { blockId: null, allowedId: null }
  }

  async #allow({ reason, allowedId }: SuspiciousIP, network: Network, { by, from }: Review) {
    const { models, blocklist } = this.#parts
    const before = await models.AllowedNetwork.query().findOne('ip_address', network)
    const { id } = await blocklist.allow({ network, reason, by, from })
    // What somebody else had allowed is not ours to take back.
    const isOurs = !before || before.id === allowedId
    return { blockId: null, allowedId: isOurs ? id : null }
  }

  async #block(found: SuspiciousIP, network: Network, { expiresAt, force, by, from }: Review) {
    const { blocklist } = this.#parts
    const address = parseAddress(found.ipAddress)
    if (address && blocklist.isAllowed(address)) {
      throw new IsAllowed(`${address} lies in an allowed network: take it off that list first.`)
    }
    const { id, reason, windowStart: window } = found
    const block = await blocklist.block({
      network,
      reason,
      by,
      from,
      source: 'detection',
      expiresAt,
      ...(force && { force }),
      finding: { id, window, reasons: found.reasons.map(({ text }) => text) },
    })
    // The block of a person stays theirs.
    return { blockId: block.source === 'detection' ? block.id : null, allowedId: null }
  }

  /** Undefined when somebody else has decided meanwhile, or the finding is gone. */
  #mark(
    found: SuspiciousIP,
    { decision, note, normal, by, from }: Review,
    made: Made,
    scope: ReturnType<typeof scopeOf> | undefined,
  ): Promise<SuspiciousIP | undefined> {
    const { SuspiciousIP, AuditEntry } = this.#parts.models
    const { id, revision, ipAddress } = found
    return SuspiciousIP.transaction(async (trx) => {
      const changed = await SuspiciousIP.query(trx)
        .where({ id, revision })
        .patch({
          ...made,
          status: STATUS[decision],
          ...((normal || decision !== 'dismiss') && { normalNamed: normal !== undefined }),
          revision: revision + 1,
          reviewedBy: decision === 'reopen' ? null : by,
          reviewedAt: decision === 'reopen' ? null : new Date(),
          note: note ?? null,
        })
      if (changed === 0) return undefined
      await AuditEntry.query(trx).insert({
        actor: by,
        action: `suspicious.${decision}`,
        subject: ipAddress,
        details: { id, window: found.windowStart, note },
        ipAddress: from,
      })
      // The same decision once more leaves the exceptions of the first, unless it says others.
      if (decision !== 'dismiss' || normal) await this.#endExceptions(trx, id, { by, from })
      if (scope) await this.#except(trx, found, scope, note ?? found.reason, { by, from })
      return SuspiciousIP.query(trx).findById(id)
    })
  }

  async #except(
    trx: Knex.Transaction,
    { id: findingId }: SuspiciousIP,
    scope: ReturnType<typeof scopeOf>,
    reason: string,
    given: Given,
  ): Promise<void> {
    const { Exception, AuditEntry } = this.#parts.models
    const exception = await Exception.query(trx)
      .insert({ ...scope, reason, findingId, madeBy: given.by })
      .returning('*')
    await noteException(AuditEntry, trx, 'exception.create', exception, given)
  }

  async #endExceptions(trx: Knex.Transaction, findingId: number, given: Given): Promise<void> {
    const { Exception, AuditEntry } = this.#parts.models
    const ended = await Exception.query(trx).where('finding_id', findingId).delete().returning('*')
    for (const exception of ended as unknown as Exception[]) {
      await noteException(AuditEntry, trx, 'exception.delete', exception, given)
    }
  }

  /** Takes back what was made, except what the finding holds now. */
  async #takeBack(
    { ipAddress }: SuspiciousIP,
    { blockId, allowedId }: Made,
    now: Made | undefined,
    { by, from }: Given,
  ): Promise<void> {
    const { models, blocklist } = this.#parts
    const order = { network: requireNetwork(ipAddress), by, from }
    if (blockId !== null && blockId !== now?.blockId) await blocklist.withdraw(order, blockId)
    if (allowedId === null || allowedId === now?.allowedId) return
    const allowed = await models.AllowedNetwork.query().findById(allowedId)
    if (allowed) await blocklist.disallow(order)
  }
}
