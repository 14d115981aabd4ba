import path from 'node:path'
import type { Knex } from 'knex'
import type { ClaimedRow } from '../../platform/claims'
import type { DatabaseConnection } from '../../platform/database'
import type { Logger } from '../../platform/logger'
import { startThread } from '../../platform/thread'
import type { Claimant, CrawlerSettings, Crawlers } from '../crawlers/crawlers'
import type { LearningFacts } from '../learned/learning'
import { HOUR_MS } from './in-database'
import type { JudgingSettings } from './stored-hour'
import type { HourOutcome, JudgedAndSaved } from './whole-hour'

const WORKER = path.join(__dirname, 'hour-worker')
/** After this a thread is given up; the learned part may take two minutes before it is. */
const LONGEST_MS = 300_000

/** What the thread is given. */
export interface HourTask {
  connection: DatabaseConnection
  settings: JudgingSettings
  monitors: CrawlerSettings['monitors']
  claimed: ClaimedRow
}

export interface HourThreadParts extends Pick<HourTask, 'connection' | 'settings' | 'monitors'> {
  /** They look names up, remember them, and are asked by the thread. */
  crawlers?: Pick<Crawlers, 'name'> | undefined
  log: Pick<Logger, 'warn'>
  /** Another module than ours, for tests. */
  module?: string
}

/** What it tells and asks. */
export type HourNews =
  | { warn: { about: object; message: string } }
  | { name: Claimant[] }
  | { outcome: HourOutcome }
  | { learning: LearningFacts }
  | { refused: string }

/** The thread could not start, has ended, or did not answer: what it was to do can be done here. */
export class ThreadLost extends Error {
  override name = 'ThreadLost'
}

/** Whether there are `atLeast` so many roll-ups in an hour that others would feel it being judged beside them. */
export async function isWorthThread(knex: Knex, hour: Date, atLeast: number): Promise<boolean> {
  const end = new Date(hour.getTime() + HOUR_MS)
  const { rows } = await knex.raw<{ rows: { many: boolean }[] }>(
    `select count(*) >= ? as many
       from (select from address_rollups
              where window_start >= ? and window_start < ?
              limit ?) as first`,
    [atLeast, hour, end, atLeast],
  )
  return rows[0]!.many
}

/**
 * `judgeWholeHour` in a thread of its own with connections of its own, so that requests do not wait
 * for it; its memory goes with it. Rejects with `ThreadLost` when the thread fails, and with what
 * was wrong when judging does.
 */
export function judgeInThread(
  { connection, settings, monitors, crawlers, log, module = WORKER }: HourThreadParts,
  claimed: ClaimedRow,
): Promise<JudgedAndSaved> {
  // Only what it needs: no secret goes along, and nothing that cannot be handed over.
  const { detectors, maxRequestsPerHour, sensitivePaths } = settings
  const judging = { detectors, maxRequestsPerHour, sensitivePaths }
  const task: HourTask = { connection, settings: judging, monitors, claimed }
  const worker = startThread(module, task)
  const learning = new Promise<LearningFacts>((resolve) => {
    worker.on('message', (news: HourNews) => 'learning' in news && resolve(news.learning))
    worker.once('exit', () => resolve({ state: 'failed', error: 'the thread ended' }))
  })
  return new Promise((resolve, reject) => {
    const lose = (why: string) => reject(new ThreadLost(why))
    const late = setTimeout(() => {
      lose(`no answer within ${LONGEST_MS} ms`)
      void worker.terminate()
    }, LONGEST_MS)
    worker.on('message', async (news: HourNews) => {
      if ('warn' in news) log.warn(news.warn.about, news.warn.message)
      if ('name' in news) {
        await crawlers?.name(news.name)
        worker.postMessage(news.name)
      }
      if ('refused' in news) reject(new Error(news.refused))
      if ('outcome' in news) resolve({ outcome: news.outcome, learn: () => learning })
    })
    worker.once('error', (error) => lose(error.message))
    worker.once('exit', (code) => {
      clearTimeout(late)
      lose(`it ended with code ${code}`)
    })
  })
}
