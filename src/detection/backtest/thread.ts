import { parentPort, workerData } from 'node:worker_threads'
import { connect, type DatabaseConnection } from '../../platform/database'
import { createLogger } from '../../platform/logger'
import { type CrawlerSettings, Crawlers } from '../crawlers/crawlers'
import type { JudgingSettings } from '../hour/stored-hour'
import { LearnedThread } from '../learned/thread'
import { backtest, type Trial, type TrialResult } from './backtest'

// The thread of one back-test, with connections of its own; `backtests.ts` starts it.

export type BacktestSettings = JudgingSettings & CrawlerSettings

/** What it is given. */
export interface BacktestTask {
  connection: DatabaseConnection
  settings: BacktestSettings
  trial: Trial
}

/** What it tells: how far it is, and at last what came out. */
export type BacktestNews = { done: number; all: number } | { result: TrialResult }

async function main(): Promise<void> {
  const { connection, settings, trial } = workerData as BacktestTask
  const tell = (news: BacktestNews) => parentPort!.postMessage(news)
  const knex = connect(connection, { max: 2 })
  const learned = new LearnedThread()
  const log = createLogger('warn')
  const crawlers = new Crawlers(settings, log)
  const progress = (done: number, all: number) => tell({ done, all })
  try {
    tell({ result: await backtest({ knex, settings, learned, crawlers, log, progress }, trial) })
  } finally {
    await learned.close()
    await knex.destroy()
  }
}

// A rejection ends the thread with an 'error' event, which the other side waits for.
void main()
