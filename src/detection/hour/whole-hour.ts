import { parseAddress } from '../../net/address'
import { type ClaimedRow, finishClaim } from '../../platform/claims'
import type { Logger } from '../../platform/logger'
import { type Blockable, isCertain } from '../autoblock'
import { saveCampaigns } from '../campaigns/saved'
import { replaceFindings, type Saved } from '../findings'
import type { Judgement, LearnedFacts } from '../judge'
import type { Learning, LearningFacts } from '../learned/learning'
import { rememberSite } from '../site/memory'
import { withoutErased } from './erased'
import { type JudgedHour, type Judging, judgeStoredHour } from './stored-hour'

/** Where hours are claimed. */
export const RUNS = 'detection_runs'
/** Of those who may be blocked by this service the worst are told; the others are left to people. */
const MOST_CERTAIN = 2_000

export interface HourParts extends Omit<Judging, 'model'> {
  learning: Pick<Learning, 'model' | 'learnFrom'>
  log: Pick<Logger, 'warn'>
}

/** What became of an hour. */
export interface HourOutcome {
  addresses: number
  flagged: number
  learned: LearnedFacts
  /** Open findings that are certain by rules and campaigns, the worst first; and how they were saved. */
  certain: Blockable[]
  saved: Saved[]
}

/** An hour that is judged and saved. */
export interface JudgedAndSaved {
  outcome: HourOutcome
  /** Learns from it for the hours to come; never rejects, as nothing depends on it. */
  learn(): Promise<LearningFacts>
}

/**
 * Judges the hour of a claim with everything, and saves what was found in the transaction that marks
 * the hour done; of who was erased meanwhile, nothing. Rejects when nothing of it was saved.
 */
export async function judgeWholeHour(
  parts: HourParts,
  claimed: ClaimedRow,
): Promise<JudgedAndSaved> {
  const { knex, learning } = parts
  const { hour } = claimed
  const readAt = Date.now()
  const judging = { ...parts, model: await learning.model() }
  const { usual, site, ...judged } = await judgeStoredHour(judging, hour)
  const { campaigns, learned, excused, known, addresses } = judged
  const { flagged, saved } = await knex.transaction(async (transaction) => {
    const flagged = await withoutErased(transaction, readAt, judged.flagged)
    const saved = await replaceFindings(transaction, hour, flagged)
    await saveCampaigns(transaction, hour, campaigns, flagged)
    await rememberSite(transaction, hour, site)
    const facts = JSON.stringify({ learned, excused, known })
    const counts = { addresses, flagged: flagged.length }
    await finishClaim(transaction, RUNS, claimed, { ...counts, facts })
    return { flagged, saved }
  })
  return {
    outcome: { addresses, flagged: flagged.length, learned, ...openAndCertain(flagged, saved) },
    learn: () => learnFrom(parts, hour, usual, readAt),
  }
}

function openAndCertain(
  flagged: readonly Judgement[],
  saved: readonly Saved[],
): Pick<HourOutcome, 'certain' | 'saved'> {
  const open = new Map(
    saved.filter(({ status }) => status === 'open').map((one) => [parseAddress(one.address), one]),
  )
  const certain = flagged
    .filter((one) => isCertain(one) && open.has(parseAddress(one.tally.address)))
    .sort((a, b) => b.risk - a.risk)
    .slice(0, MOST_CERTAIN)
    .map(({ tally: { address }, risk, severity, reasons }) => {
      return { tally: { address }, risk, severity, reasons }
    })
  return { certain, saved: certain.map(({ tally }) => open.get(parseAddress(tally.address))!) }
}

async function learnFrom(
  { knex, learning, log }: HourParts,
  hour: Date,
  { clients, scores }: JudgedHour['usual'],
  readAt: number,
): Promise<LearningFacts> {
  try {
    const facts = await learning.learnFrom(hour, clients, scores, readAt)
    await knex(RUNS)
      .where({ hour })
      .update({ facts: knex.raw('facts || ?::jsonb', [JSON.stringify({ learning: facts })]) })
    return facts
  } catch (error) {
    log.warn({ error, hour }, 'detection: nothing was learned from this hour')
    return { state: 'failed', error: String(error) }
  }
}
