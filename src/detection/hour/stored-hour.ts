import type { Knex } from 'knex'
import type { Blocklist } from '../../blocklist/blocklist'
import type { Logger } from '../../platform/logger'
import { filterInSlices, inSlices } from '../../platform/slices'
import type { Campaign } from '../campaigns/campaign'
import type { Crawlers } from '../crawlers/crawlers'
import { type Judgement, judge, type LearnedFacts, type LearnedPart } from '../judge'
import type { DetectorName } from '../learned/detector'
import { recallSite } from '../site/memory'
import type { Site } from '../site/site'
import { Lessons } from '../teaching/lessons'
import { tallyHour } from './in-database'
import { leaveOutOwnPeople } from './own-people'
import type { Tally } from './tally'

export interface JudgingSettings {
  maxRequestsPerHour: number
  sensitivePaths: readonly string[]
  detectors: readonly DetectorName[]
}

/** What judging needs. */
export interface Judging {
  knex: Knex
  /** Allowed networks are never flagged. */
  blocklist: Pick<Blocklist, 'isAllowed'>
  settings: JudgingSettings
  learned: LearnedPart
  /** What was learned from this site's baseline; without it an hour is compared with itself. */
  model?: Uint8Array | undefined
  /** How the hour is counted: `tallyHour`, unless something else is tried. */
  tally?: typeof tallyHour
  /** Knows who need not be judged; nobody when there is none. */
  crawlers?: Pick<Crawlers, 'name' | 'isMonitor'> | undefined
  log: Pick<Logger, 'warn'>
}

/** What narrows or speeds up judging an hour. */
interface JudgingOptions {
  /** Only these addresses. */
  among?: readonly string[] | undefined
  /** With `among`: the campaigns that a look at all of them has found. */
  campaigns?: readonly Campaign[] | undefined
  /** The site as `recallSite` has it, by who judges the same hour again and again. */
  site?: Site | undefined
}

/** One hour, judged. */
export interface JudgedHour {
  /** Addresses that were seen. */
  addresses: number
  /** Addresses of verified crawlers and own monitors: they were left out. */
  known: number
  /** Requests that were left out, because people have called them normal. */
  excused: number
  /** Those that are to be findings. */
  flagged: Judgement[]
  /** What they do together; not looked for among some of them only. */
  campaigns: readonly Campaign[]
  learned: LearnedFacts
  /** Those who may be learned from, and the scores that they got. */
  usual: { clients: Tally[]; scores: number[] }
  /** What those who are not flagged have taught about the site, to be remembered. */
  site: Site
}

/**
 * Judges an hour of the request log: its tallies, without what people have called normal, by
 * `judge`, and then who is allowed or was dismissed for as much is left out. The hourly job, the
 * looks between the hours and back-tests all judge so.
 */
export async function judgeStoredHour(
  { knex, blocklist, settings, learned, model, tally = tallyHour, crawlers, log }: Judging,
  hour: Date,
  { among, campaigns, site }: JudgingOptions = {},
): Promise<JudgedHour> {
  const { sensitivePaths } = settings
  const lessons = await Lessons.read(knex)
  const seen = await tally(knex, hour, sensitivePaths, among)
  await crawlers?.name(seen)
  const strangers = await filterInSlices(
    seen,
    ({ crawler, address }) => crawler === undefined && !crawlers?.isMonitor(address),
  )
  const { tallies, requests: excused } = await lessons.leaveOut(hour, strangers, sensitivePaths)
  await leaveOutOwnPeople(knex, hour, tallies)
  site ??= await recallSite(knex, hour)
  await site.learn(tallies)
  const judged = await judge(
    { tallies, site, model, campaigns: among && (campaigns ?? []) },
    settings,
    learned,
    log,
  )
  const flagged = lessons
    .heed(judged.judgements.filter(({ flagged }) => flagged))
    .filter(({ flagged, tally }) => flagged && !blocklist.isAllowed(tally.address))
  const unflagged: Tally[] = []
  await inSlices(judged.judgements, ({ flagged, tally }) => {
    if (!flagged) unflagged.push(tally)
  })
  const usual = await filterInSlices(
    judged.usual,
    (row) => !blocklist.isAllowed(tallies[row]!.address),
  )
  return {
    addresses: seen.length,
    known: seen.length - strangers.length,
    excused,
    flagged,
    campaigns: judged.campaigns,
    learned: judged.learned,
    usual: {
      clients: usual.map((row) => tallies[row]!),
      scores: usual.map((row) => judged.scores?.[row] ?? 0),
    },
    site: await site.taughtBy(unflagged),
  }
}
