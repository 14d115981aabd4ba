import type { Models } from '../../models'
import type { SuspiciousIP } from '../../models/suspicious-ip'
import type { Blocklist } from '../blocklist/blocklist'
import type { End } from '../blocklist/escalation'
import { type Address, parseAddress } from '../net/address'
import { requireNetwork } from '../net/network'

export type Decision = 'block' | 'dismiss' | 'allow'

const STATUS = { block: 'blocked', dismiss: 'dismissed', allow: 'allowed' } as const

/** What a person decides about a finding. */
export interface Review {
  decision: Decision
  note?: string | undefined
  /** With `block`: when it ends, and whether the guards are overruled. */
  expiresAt: End
  force?: boolean
  /** Who decides, and from where. */
  by: string
  from: Address
}

/** The address lies in an allowed network, where a block would have no effect. */
export class IsAllowed extends Error {
  override name = 'IsAllowed'
}

interface Parts {
  models: Pick<Models, 'SuspiciousIP' | 'AuditEntry'>
  blocklist: Pick<Blocklist, 'allow' | 'block' | 'isAllowed'>
}

/** Decisions of people about findings. */
export class Reviews {
  readonly #parts: Parts

  constructor(parts: Parts) {
    this.#parts = parts
  }

  /**
   * Carries a decision out and notes it, on the finding and in the audit log; undefined when there
   * is no such finding. `block` and `allow` hold when the promise resolves. The same decision may
   * be given again; another one replaces it, but blocks that were made are ended on the blocklist.
   * Throws `BlockRefused` and `IsAllowed`, and then nothing has changed.
   */
  async decide(id: number, review: Review): Promise<SuspiciousIP | undefined> {
    const { SuspiciousIP, AuditEntry } = this.#parts.models
    const found = await SuspiciousIP.query().findById(id)
    if (!found) return undefined

    await this.#carryOut(found, review)
    const { decision, note, by, from } = review
    return SuspiciousIP.transaction(async (trx) => {
      await AuditEntry.query(trx).insert({
        actor: by,
        action: `suspicious.${decision}`,
        subject: found.ipAddress,
        details: { id, window: found.windowStart, note },
        ipAddress: from,
      })
      return SuspiciousIP.query(trx).patchAndFetchById(id, {
        status: STATUS[decision],
        reviewedBy: by,
        reviewedAt: new Date(),
        note: note ?? null,
      })
    })
  }

  // Before the finding is marked: a crash in between leaves a block and an open finding, which can
  // be decided again, and never a finding that only looks blocked.
  async #carryOut(
    found: SuspiciousIP,
    { decision, expiresAt, force, by, from }: Review,
  ): Promise<void> {
    const { blocklist } = this.#parts
    const network = requireNetwork(found.ipAddress)
    const order = { network, reason: found.reason, by, from }
    if (decision === 'allow') await blocklist.allow(order)
    if (decision !== 'block') return

    const address = parseAddress(found.ipAddress)
    if (address && blocklist.isAllowed(address)) {
      throw new IsAllowed(`${address} lies in an allowed network: take it off that list first.`)
    }
    await blocklist.block({ ...order, source: 'detection', expiresAt, force })
  }
}
