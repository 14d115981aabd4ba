import type { Reason } from '../../models/suspicious-ip'
import type { Address } from '../net/address'
import type { Logger } from '../platform/logger'
import { mapInSlices } from '../platform/slices'
import type { Campaign } from './campaigns/campaign'
import { findCampaigns } from './campaigns/campaigns'
import {
  FEATURES,
  isTelling,
  namedUsual,
  observeInSlices,
  shownValue,
  type Usual,
} from './features'
import { fuse, type Severity, severityOf } from './fusion'
import type { Tally } from './hour/tally'
import type { DetectorName } from './learned/detector'
import type { Contribution } from './learned/explanation'
import type { LearnedScores, LearnedThread } from './learned/thread'
import { isNamedRobot } from './rules/behaviour'
import { contextOf } from './rules/context'
import { anyOf, judgeByRules, type RuleFindings } from './rules/rules'
import { Site } from './site/site'

/** With fewer addresses than this there is no "usual" worth the name: we are learning. */
const FEWEST_ADDRESSES = 32
/** So many are compared with each other meanwhile; fewer are not compared at all. */
export const FEWEST_COMPARED = 8
/** Rows that score at least this get learned reasons: as odd as one in a hundred. */
const EXPLAIN_FROM = 0.5
const MOST_LEARNED_REASONS = 3
/** The most that a score counts that cannot be told to a person, or that `isStrange`. */
const UNTOLD = 0.4
/** Who shows more of an attacker than this is nobody to learn from. */
const USUAL_DOUBT = 0.3
/** How far a campaign is believed of each of its members. */
export const CAMPAIGN_WEIGHT: Record<Severity, number> = {
  info: 0,
  low: 0.5,
  medium: 0.6,
  high: 0.8,
}
const LEARNED_TIMEOUT_MS = 120_000
const SEED = 20_080_101

export interface JudgeSettings {
  maxRequestsPerHour: number
  detectors: readonly DetectorName[]
}

/** One hour as it is judged. */
export interface Hour {
  tallies: readonly Tally[]
  /** Campaigns as they are known, when these are only some of the addresses; else they are looked for. */
  campaigns?: readonly Campaign[] | undefined
  /**
   * What was learned from a baseline of this site (`LearnedThread.train`). Without it the hour is
   * compared with those of it who are no attackers by the rules.
   */
  model?: Uint8Array | undefined
  /**
   * What this site serves and what is its own fault; it has learned from these tallies. Without it
   * that is learned from them alone.
   */
  site?: Site | undefined
}

/** What is thought of one address in one hour. */
export interface Judgement {
  tally: Tally
  /** 0 to 1. */
  risk: number
  severity: Severity
  /** What attackers do, the two simple rules, what is odd about it; the most telling of each first. */
  reasons: Reason[]
  flagged: boolean
  /** The id of the campaign that it takes part in. */
  campaign?: string | undefined
}

/** How the learned score came about, kept with the run. */
export type LearnedFacts =
  | {
      state: 'scored'
      detectors: DetectorName[]
      trainedOn: number
      failures: string[]
      /** The median client, by feature, as people read it. */
      usual: Record<string, number>
    }
  | { state: 'learning' | 'off' }
  | { state: 'failed'; error: string }

/** The thread that trains and scores. */
export type LearnedPart = Pick<LearnedThread, 'train' | 'score'>

/** What is thought of an hour: one judgement per tally, in their order. */
export interface Judged {
  judgements: Judgement[]
  campaigns: readonly Campaign[]
  learned: LearnedFacts
  /** The learned score of each tally, when enough was known for others to learn from it. */
  scores: Float64Array | undefined
  /** The rows of those without evidence of an attack, who may be learned from. */
  usual: number[]
}

/**
 * Judges every address of one hour: rules, campaigns, learned detectors and all of them together. The hourly job,
 * scan-log and back-tests all judge by it.
 *
 * The learned part runs in a thread and may fail; then the rules decide alone, and the log and
 * the facts say so. A learned score alone makes low severity at most, and never blocks.
 */
export async function judge(
  hour: Hour,
  { maxRequestsPerHour, detectors }: JudgeSettings,
  thread: LearnedPart,
  log: Pick<Logger, 'warn'>,
): Promise<Judged> {
  const { tallies } = hour
  const site = hour.site ?? (await learnSite(tallies))
  await site.describe(tallies)
  const context = contextOf(tallies, { maxRequestsPerHour })
  const broken = await mapInSlices(tallies, (tally) => judgeByRules(tally, context))
  const campaigns = hour.campaigns ?? (await findCampaigns(tallies, { site }))
  const membership = membershipsOf(campaigns)
  const attackers = await mapInSlices(
    tallies,
    ({ address }, row) => !isUsual(broken[row]!) || membership.has(address),
  )
  const isAttacker = (row: number) => attackers[row]!
  const learned = await learn(hour, isAttacker, detectors, thread, log)
  const judgements = await mapInSlices(tallies, (tally, row) => {
    const odd = learnedReasons(tally, row, learned)
    const score = learned.scores?.scores[row] ?? 0
    return judgeOne(tally, broken[row]!, membership.get(tally.address), {
      odd,
      score: odd.length > 0 && !isStrange(tally, broken[row]!) ? score : Math.min(score, UNTOLD),
    })
  })
  const usual = [...tallies.keys()].filter((row) => !isAttacker(row))
  const scores = learned.facts.state === 'scored' ? learned.scores?.scores : undefined
  return { judgements, campaigns, learned: learned.facts, scores, usual }
}

/**
 * Whether it is odd anyhow: a crawler beside people, whom the score was learned from. It is flagged
 * for that at most; it makes nothing worse that the rules say of it.
 */
function isStrange(tally: Tally, { attacks }: RuleFindings): boolean {
  return attacks.length > 0 && isNamedRobot(tally)
}

/** What the tallies alone tell of the site. */
async function learnSite(tallies: readonly Tally[]): Promise<Site> {
  const site = new Site()
  await site.learn(tallies)
  return site
}

/**
 * Those of an hour that may be learned from: everybody without evidence of an attack. Busy and
 * signed-in visitors are usual, whatever the two simple rules say.
 */
export function usualAmong(
  tallies: readonly Tally[],
  settings: Pick<JudgeSettings, 'maxRequestsPerHour'>,
): Tally[] {
  const context = contextOf(tallies, settings)
  return tallies.filter((tally) => isUsual(judgeByRules(tally, context)))
}

function isUsual({ attacks }: RuleFindings): boolean {
  return anyOf(attacks) <= USUAL_DOUBT
}

/** The campaign of each address that is a member of one. */
function membershipsOf(campaigns: readonly Campaign[]): Map<Address, Campaign> {
  return new Map(
    campaigns.flatMap((campaign) => campaign.members.map((member) => [member, campaign] as const)),
  )
}

function judgeOne(
  tally: Tally,
  broken: RuleFindings,
  campaign: Campaign | undefined,
  { odd, score }: { odd: Reason[]; score: number },
): Judgement {
  const { seeds } = broken
  const attacks = [...broken.attacks, ...campaignReason(campaign)]
  const risk = fuse({ seeds, attacks }, score)
  const severity = severityOf(risk, broken)
  return {
    tally,
    risk,
    severity,
    reasons: [...attacks.sort((a, b) => b.weight - a.weight), ...seeds, ...odd],
    flagged: severity !== 'info',
    campaign: campaign?.id,
  }
}

/** What it says of an address that it takes part in a campaign. */
function campaignReason(campaign: Campaign | undefined): Reason[] {
  if (!campaign) return []
  const text = `one of ${campaign.title}`
  return [{ text, kind: 'campaign', weight: CAMPAIGN_WEIGHT[campaign.severity] }]
}

interface Learned {
  facts: LearnedFacts
  scores?: LearnedScores
}

async function learn(
  { tallies, model }: Hour,
  isAttacker: (row: number) => boolean,
  detectors: readonly DetectorName[],
  thread: LearnedPart,
  log: Pick<Logger, 'warn'>,
): Promise<Learned> {
  if (detectors.length === 0) return { facts: { state: 'off' } }
  const usual = model ? [] : tallies.filter((_, row) => !isAttacker(row))
  const isLearning = !model && usual.length < FEWEST_ADDRESSES
  const tooFew = model ? tallies.length === 0 : usual.length < FEWEST_COMPARED
  if (tooFew) return { facts: { state: 'learning' } }

  try {
    const failures: string[] = []
    const scores = await thread.score(
      {
        model: model ?? (await learnFrom(usual, detectors, thread, failures)),
        observed: await observeInSlices(tallies),
        explainFrom: EXPLAIN_FROM,
      },
      LEARNED_TIMEOUT_MS,
    )
    for (const failure of failures) {
      log.warn({ failure }, 'detection: a learned detector is left out')
    }
    if (isLearning) return { facts: { state: 'learning' }, scores }
    const { detectors: took, trainedOn } = scores
    const about = { detectors: took, trainedOn, failures, usual: namedUsual(scores.usual) }
    return { facts: { state: 'scored', ...about }, scores }
  } catch (error) {
    log.warn({ error }, 'detection: no learned score, the rules decide alone')
    return { facts: { state: 'failed', error: String(error) } }
  }
}

async function learnFrom(
  tallies: readonly Tally[],
  detectors: readonly DetectorName[],
  thread: LearnedPart,
  failures: string[],
): Promise<Uint8Array> {
  const task = { detectors, observed: await observeInSlices(tallies), seed: SEED, clean: false }
  const trained = await thread.train(task, LEARNED_TIMEOUT_MS)
  failures.push(...trained.failures)
  return trained.model
}

function learnedReasons(tally: Tally, row: number, { scores }: Learned): Reason[] {
  const contributions = scores?.contributions.get(row) ?? []
  const reasons = contributions.flatMap((contribution) =>
    learnedReason(tally, contribution, scores!.usual),
  )
  return reasons.slice(0, MOST_LEARNED_REASONS)
}

/** "share not found 93 %; usual here 4 %"; none when the two hardly differ. */
function learnedReason(
  tally: Tally,
  { feature: nth, weight }: Contribution,
  usual: Usual,
): Reason[] {
  const feature = FEATURES[nth]!
  const here = shownValue(feature, tally)
  const there = usual.shown[nth]!
  if (!isTelling(feature, here, there)) return []
  const readable = feature.of ? percent : decimal
  const text = `${feature.label} ${readable(here)}; usual here ${readable(there)}`
  return [{ text, kind: 'learned', weight }]
}

function percent(share: number): string {
  return `${Math.round(100 * share)} %`
}

function decimal(value: number): string {
  return String(value >= 10 ? Math.round(value) : Math.round(value * 100) / 100)
}
