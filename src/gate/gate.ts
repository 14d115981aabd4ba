import type { Block, Blocklist } from '../blocklist/blocklist'
import type { Visit } from '../http/state'
import type { Address } from '../net/address'
import type { Standing } from '../rate-limit/tier'
import type { Tiers } from '../rate-limit/tiers'

/** May it pass? `reason` and `expiresAt` say why and until when it may not. */
export interface Verdict {
  ipAddress: Address
  verdict: 'allow' | 'block' | 'limit'
  reason: string | null
  expiresAt: Date | null
  /** Whole seconds after which a limited visitor may come back. */
  retryAfter: number | null
  /** How the visitor stands with the limit that counted this visit; null when none did. */
  limit: LimitNotice | null
}

/** `window` and `reset` in seconds. */
interface LimitNotice {
  name: string
  quota: number
  window: number
  remaining: number
  reset: number
}

/** Which limit counts a visit: who asks, and the plan they have chosen for the visitor. */
interface Plan {
  asker: string
  tier?: string | undefined
}

interface Judgement {
  verdict: Verdict
  visit: Visit
  standing: Standing | undefined
}

interface Parts {
  blocklist: Pick<Blocklist, 'find' | 'isAllowed' | 'noteHit'>
  tiers: Pick<Tiers, 'hitVisit'>
}

/** Judges addresses and visits to other servers, from memory but for shared limits. */
export class Gate {
  readonly #blocklist: Parts['blocklist']
  readonly #tiers: Parts['tiers']

  constructor({ blocklist, tiers }: Parts) {
    this.#blocklist = blocklist
    this.#tiers = tiers
  }

  /** The verdict on an address now; counts nothing. */
  verdictOn(address: Address): Verdict {
    return verdict(address, this.#blocklist.find(address))
  }

  /**
   * The verdict on a visit, and the visit as it is to be recorded. A block beats a limit, and its
   * visits are not counted. Allowed networks are not limited by address; what an account may do is
   * the same everywhere. Throws `UnknownTier`.
   */
  async judge(seen: Omit<Visit, 'status'>, plan: Plan): Promise<Judgement> {
    const { address, account } = seen
    const block = this.#blocklist.find(address)
    if (block) this.#blocklist.noteHit(block)
    const isExempt = this.#blocklist.isAllowed(address)
    const standing = block
      ? undefined
      : await this.#tiers.hitVisit({ address, isExempt, account, ...plan })
    const status = block ? 403 : standing?.allowed === false ? 429 : null
    return { verdict: verdict(address, block, standing), visit: { ...seen, status }, standing }
  }
}

function verdict(ipAddress: Address, block?: Block, standing?: Standing): Verdict {
  const pass = { ipAddress, verdict: 'allow', reason: null, expiresAt: null } as const
  if (block) {
    const { reason, expiresAt } = block
    return { ipAddress, verdict: 'block', reason, expiresAt, retryAfter: null, limit: null }
  }
  if (!standing) return { ...pass, retryAfter: null, limit: null }

  const { name, quota, windowSeconds, remaining, resetSeconds } = standing
  const limit = { name, quota, window: windowSeconds, remaining, reset: resetSeconds }
  if (standing.allowed) return { ...pass, retryAfter: null, limit }
  return {
    ipAddress,
    verdict: 'limit',
    reason: `more than ${quota} requests in ${windowSeconds} s (${name})`,
    expiresAt: new Date(Date.now() + resetSeconds * 1_000),
    retryAfter: resetSeconds,
    limit,
  }
}
