import type { Block, Blocklist } from '../blocklist/blocklist'
import type { Visit } from '../http/state'
import type { Address } from '../net/address'

/** May it pass? `reason` and `expiresAt` say why and until when it may not. */
export interface Verdict {
  ipAddress: Address
  verdict: 'allow' | 'block'
  reason: string | null
  expiresAt: Date | null
}

/** Judges addresses and visits to other servers, from memory. */
export class Gate {
  readonly #blocklist: Pick<Blocklist, 'find'>

  constructor(blocklist: Pick<Blocklist, 'find'>) {
    this.#blocklist = blocklist
  }

  /** The verdict on an address now. */
  verdictOn(address: Address): Verdict {
    return verdict(address, this.#blocklist.find(address))
  }

  /** The verdict on a visit, and the visit as it is to be recorded. */
  judge(visit: Omit<Visit, 'status'>): { verdict: Verdict; visit: Visit } {
    const verdict = this.verdictOn(visit.address)
    const status = verdict.verdict === 'block' ? 403 : null
    return { verdict, visit: { ...visit, status } }
  }
}

function verdict(ipAddress: Address, block: Block | undefined): Verdict {
  if (!block) return { ipAddress, verdict: 'allow', reason: null, expiresAt: null }
  const { reason, expiresAt } = block
  return { ipAddress, verdict: 'block', reason, expiresAt }
}
