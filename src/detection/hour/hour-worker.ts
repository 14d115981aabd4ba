import { once } from 'node:events'
import { parentPort, workerData } from 'node:worker_threads'
import { connect } from '../../platform/database'
import { type Claimant, Crawlers } from '../crawlers/crawlers'
import { Learning } from '../learned/learning'
import { LearnedThread } from '../learned/thread'
import { readAllowed } from './allowed'
import type { HourNews, HourTask } from './hour-thread'
import type { Judging } from './stored-hour'
import { judgeWholeHour } from './whole-hour'

// The thread in which one large hour is judged, with connections of its own; `hour-thread.ts` starts it.

/** Two to read by, of which the database works for one while the other is read, and one to spare. */
const CONNECTIONS = 3

const tell = (news: HourNews) => parentPort!.postMessage(news)
const log = {
  warn: (about: object, message: string) => tell({ warn: { about, message } }),
} as Judging['log']

async function main({ connection, settings, monitors, claimed }: HourTask): Promise<void> {
  const knex = connect(connection, { max: CONNECTIONS })
  const learned = new LearnedThread()
  if (settings.detectors.length > 0) learned.prepare()
  // Without a connection this throws: the thread is lost, and whoever started it has some.
  const blocklist = await readAllowed(knex)
  try {
    const learning = new Learning({ knex, detectors: settings.detectors, thread: learned })
    const crawlers = knownCrawlers(monitors)
    const parts = { knex, learned, learning, settings, crawlers, blocklist, log }
    const { outcome, learn } = await judgeWholeHour(parts, claimed)
    tell({ outcome })
    tell({ learning: await learn() })
  } catch (error) {
    tell({ refused: error instanceof Error ? error.message : String(error) })
  } finally {
    await learned.close()
    await knex.destroy()
    parentPort!.close()
  }
}

/** Names are known on the other side, where they are remembered from one hour to the next. */
function knownCrawlers(monitors: HourTask['monitors']): Judging['crawlers'] {
  const own = new Crawlers({ verifyCrawlers: 'off', crawlerRanges: [], monitors }, log)
  return {
    isMonitor: (address) => own.isMonitor(address),
    async name(tallies) {
      const claiming = tallies.filter(({ claims }) => claims !== 0)
      if (claiming.length === 0) return
      tell({
        name: claiming.map(({ address, claims, requests }) => ({ address, claims, requests })),
      })
      const [named]: [Claimant[]] = (await once(parentPort!, 'message')) as [Claimant[]]
      for (const [nth, { crawler }] of named.entries()) claiming[nth]!.crawler = crawler
    },
  }
}

void main(workerData as HourTask)
