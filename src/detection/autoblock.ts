import type { Knex } from 'knex'
import { bindModels } from '../../models'
import type { Blocklist } from '../blocklist/blocklist'
import { BlockRefused } from '../blocklist/guards'
import { type Address, parseAddress } from '../net/address'
import { requireNetwork } from '../net/network'
import type { Logger } from '../platform/logger'
import type { Saved } from './findings'
import { CAMPAIGN_WEIGHT, type Judgement } from './judge'
import { MACHINE } from './machine'

/** How certain rules and campaigns must be without the learned score: one in ten is wrong at most. */
const CERTAIN = 0.9
/** What happened longer ago is no reason to block now: hours are also caught up. */
const RECENT_MS = 2 * 3_600_000

/** Who was dismissed or allowed within this is left to people. */
const LATELY = "interval '30 days'"

interface Parts {
  knex: Knex
  blocklist: Pick<Blocklist, 'block' | 'find' | 'isAllowed' | 'withdraw'>
  settings: {
    autoblock: 'off' | 'rules'
    /** Most blocks it gives in an hour. */
    autoblockPerHour: number
  }
  log: Pick<Logger, 'info' | 'warn'>
}

/** What it needs to know of somebody who is flagged. */
export interface Blockable extends Pick<Judgement, 'risk' | 'severity' | 'reasons'> {
  tally: Pick<Judgement['tally'], 'address'>
}

interface Candidate {
  id: number
  address: Address
  judgement: Blockable
}

/**
 * Blocks by itself, when `AUTOBLOCK=rules`: addresses whose finding is certain by rules and campaigns
 * alone, whatever the learned score says; addresses only, so that nobody beside them is hit. For a while, longer each time
 * (`BLOCK_ESCALATION`); said in the audit log with the finding and its reasons, and shown as the
 * finding's status, which a person may take back.
 *
 * Never allowed networks, trusted proxies and what else the guards hold, who was dismissed or
 * allowed lately, or whom a person has unblocked since the hour began; and no more in an hour than
 * the limit, so that a mistake of ours or a poisoned log cannot block the world.
 */
export class Autoblock {
  readonly #parts: Parts
  #refusedHour = 0

  constructor(parts: Parts) {
    this.#parts = parts
  }

  /**
   * Blocks those of the flagged that are due; `saved` are their findings. Answers how many. Never
   * throws: a finding that is not blocked waits for a person.
   */
  async enforce(
    hour: Date,
    flagged: readonly Blockable[],
    saved: readonly Saved[],
  ): Promise<number> {
    try {
      return await this.#enforce(hour, flagged, saved)
    } catch (error) {
      this.#parts.log.warn({ error }, 'autoblock: failed, left to people')
      return 0
    }
  }

  async #enforce(
    hour: Date,
    flagged: readonly Blockable[],
    saved: readonly Saved[],
  ): Promise<number> {
    const isRecent = Date.now() - hour.getTime() < RECENT_MS
    if (this.#parts.settings.autoblock === 'off' || !isRecent) return 0
    const candidates = await this.#due(hour, this.#candidates(flagged, saved))
    if (candidates.length === 0) return 0

    const left = await this.#left()
    if (left < candidates.length) this.#complain(candidates.length - left)
    let blocked = 0
    for (const candidate of candidates.slice(0, left)) {
      if (await this.#block(hour, candidate)) blocked++
    }
    return blocked
  }

  /** The open findings that are certain without the learned score, the worst first. */
  #candidates(flagged: readonly Blockable[], saved: readonly Saved[]): Candidate[] {
    const { blocklist } = this.#parts
    const findings = new Map(saved.map((one) => [parseAddress(one.address), one]))
    return flagged
      .filter(isCertain)
      .sort((a, b) => b.risk - a.risk)
      .flatMap((judgement) => {
        // What is stored as a network or a pseudonym cannot be blocked as an address.
        const address = parseAddress(judgement.tally.address)
        const finding = findings.get(address)
        if (!address || finding?.status !== 'open') return []
        if (blocklist.isAllowed(address) || blocklist.find(address)) return []
        return [{ id: finding.id, address, judgement }]
      })
  }

  /** Without those about whom a person has said otherwise. */
  async #due(hour: Date, candidates: Candidate[]): Promise<Candidate[]> {
    if (candidates.length === 0) return []
    const { rows } = await this.#parts.knex.raw<{ rows: { address: string }[] }>(
      `select ip_address::text as address
         from suspicious_ips
        where ip_address = any (:addresses::inet[]) and status in ('dismissed', 'allowed')
          and reviewed_at > now() - ${LATELY}
        union
       select subject
         from audit_log
        where subject = any (:addresses) and action = 'block.delete' and at >= :hour`,
      { addresses: candidates.map(({ address }) => address), hour },
    )
    const spared = new Set(rows.map(({ address }) => parseAddress(address.replace(/\/.*/, ''))))
    return candidates.filter(({ address }) => !spared.has(address))
  }

  /** How many blocks of this hour are left. */
  async #left(): Promise<number> {
    const { knex, settings } = this.#parts
    const { rows } = await knex.raw<{ rows: { given: number }[] }>(
      `select count(*)::int as given
         from audit_log
        where at > now() - interval '1 hour' and actor = '${MACHINE}' and action = 'block.create'`,
    )
    return Math.max(0, settings.autoblockPerHour - rows[0]!.given)
  }

  async #block(hour: Date, { id, address, judgement }: Candidate): Promise<boolean> {
    const { blocklist, log } = this.#parts
    const reasons = judgement.reasons.map(({ text }) => text)
    try {
      const block = await blocklist.block({
        network: requireNetwork(address),
        reason: reasons[0]!,
        source: 'detection',
        expiresAt: 'escalate',
        by: MACHINE,
        finding: { id, window: hour, reasons },
      })
      const decided = await this.#mark(id, block.id)
      if (decided) log.info({ address, id, expiresAt: block.expiresAt }, 'autoblock: blocked')
      // A person was quicker, and decides.
      else await blocklist.withdraw({ network: requireNetwork(address), by: MACHINE }, block.id)
      return decided
    } catch (error) {
      if (!(error instanceof BlockRefused)) throw error
      log.info({ address, guard: error.guard }, 'autoblock: a guard objects, left to people')
      return false
    }
  }

  async #mark(id: number, blockId: number): Promise<boolean> {
    const { SuspiciousIP } = bindModels(this.#parts.knex)
    const marked = await SuspiciousIP.query()
      .where({ id, status: 'open' })
      .patch({
        status: 'blocked',
        blockId,
        reviewedBy: MACHINE,
        reviewedAt: new Date(),
        revision: SuspiciousIP.raw('revision + 1'),
      })
    return marked > 0
  }

  #complain(left: number): void {
    const hour = Math.floor(Date.now() / 3_600_000)
    if (hour === this.#refusedHour) return
    this.#refusedHour = hour
    const { autoblockPerHour: limit } = this.#parts.settings
    const message = 'autoblock: no more blocks in this hour (AUTOBLOCK_PER_HOUR); left to people'
    this.#parts.log.warn({ limit, left }, message)
  }
}

/**
 * Whether `AUTOBLOCK=rules` blocks: it is of high severity and as certain by rules and campaigns
 * alone, or takes part in a campaign of high severity, of whose members one in a hundred is there by chance.
 */
export function isCertain({ severity, reasons }: Pick<Judgement, 'severity' | 'reasons'>): boolean {
  const seen = reasons.filter(({ kind }) => kind !== 'learned')
  const doubt = seen.reduce((rest, { weight }) => rest * (1 - weight), 1)
  const isMember = seen.some(({ kind, weight }) => {
    return kind === 'campaign' && weight >= CAMPAIGN_WEIGHT.high
  })
  return isMember || (severity === 'high' && 1 - doubt >= CERTAIN)
}
