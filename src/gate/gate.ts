import type { Block, Blocklist } from '../blocklist/blocklist'
import type { Address } from '../net/address'
import { splitTarget } from '../net/request-path'
import type { LogEntry, RequestLog } from '../request-log/request-log'

/** A request that another server is about to answer and asks about first. */
export interface Visit {
  address: Address
  method: string
  /** Path and query as the client sent them. */
  target: string
  userAgent: string
  account: string | null
}

/** May it pass? `reason` and `expiresAt` say why and until when it may not. */
export interface Verdict {
  ipAddress: Address
  verdict: 'allow' | 'block' | 'limit'
  reason: string | null
  expiresAt: Date | null
}

interface Parts {
  blocklist: Pick<Blocklist, 'find'>
  requestLog: Pick<RequestLog, 'record'>
}

/** Judges visits to other servers, from memory, and records them. */
export class Gate {
  readonly #blocklist: Parts['blocklist']
  readonly #requestLog: Parts['requestLog']

  constructor({ blocklist, requestLog }: Parts) {
    this.#blocklist = blocklist
    this.#requestLog = requestLog
  }

  /** The verdict on an address now. */
  verdictOn(address: Address): Verdict {
    return verdict(address, this.#blocklist.find(address))
  }

  /** The verdict on a visit, which joins the request log with it. */
  judge(visit: Visit): Verdict {
    const judged = this.verdictOn(visit.address)
    this.#requestLog.record(entry(visit, judged))
    return judged
  }
}

function verdict(ipAddress: Address, block: Block | undefined): Verdict {
  if (!block) return { ipAddress, verdict: 'allow', reason: null, expiresAt: null }
  const { reason, expiresAt } = block
  return { ipAddress, verdict: 'block', reason, expiresAt }
}

function entry(visit: Visit, { verdict }: Verdict): LogEntry {
  const { address, method, userAgent, account } = visit
  return {
    address,
    timestamp: Date.now(),
    method,
    ...splitTarget(visit.target),
    // An allowed visit is answered elsewhere: with what, we do not know.
    status: verdict === 'block' ? 403 : null,
    durationMs: null,
    bytes: null,
    userAgent,
    account,
    source: 'check',
  }
}
