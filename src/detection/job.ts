import { setTimeout as sleep } from 'node:timers/promises'
import type { Knex } from 'knex'
import type { Blocklist } from '../blocklist/blocklist'
import type { Bus } from '../platform/bus'
import { type Claim, Claims } from '../platform/claims'
import type { Logger } from '../platform/logger'
import { type Schedule, schedule } from '../platform/scheduler'
import type { Autoblock } from './autoblock'
import type { CrawlerSettings } from './crawlers/crawlers'
import { type HourThreadParts, isWorthThread, judgeInThread, ThreadLost } from './hour/hour-thread'
import { busyHours, HOUR_MS, startOfHour } from './hour/in-database'
import type { Judging, JudgingSettings } from './hour/stored-hour'
import { type JudgedAndSaved, judgeWholeHour, RUNS } from './hour/whole-hour'
import type { LearnedFacts } from './judge'
import { Learning, type LearningFacts } from './learned/learning'
import { LearnedThread } from './learned/thread'

/** How far back hours are caught up that nobody judged; older ones only when somebody asks. */
const CATCH_UP_HOURS = 24
/** Tries in a row of what failed; a claim counts those of an hour over all ticks and instances. */
const TRIES = 3
/** How often a tick looks for what is still not judged. */
const LOOKS = 5
/** Hours that are caught up in a row take this share of the time. */
const SHARE = 0.5

const DEFAULTS = {
  /** Pause before what failed is tried again. */
  retryMs: 5_000,
  /** At the full hour the other instances may still be writing its last requests. */
  settleMs: 5_000,
  /** After this the claim of a run that was broken off is stale (`Claims`), and the hour is free again. */
  againMs: 75_000,
  /** How long after the start hours are looked for that ended while no service ran: starting comes first. */
  catchUpAfterMs: 90_000,
  /** Roll-ups of an hour that is worth a thread: fewer are judged before one would have started. */
  largeFrom: 20_000,
}

interface Settings extends JudgingSettings {
  detectionSchedule: string
  monitors: CrawlerSettings['monitors']
}

interface Parts {
  knex: Knex
  /** How a thread that judges a large hour reaches the same database; without it every hour is judged here. */
  thread?: Pick<HourThreadParts, 'connection' | 'module'> | undefined
  /** Allowed networks are never flagged. */
  blocklist: Pick<Blocklist, 'isAllowed'>
  /** Resolves when what was recorded so far is in the request log. */
  drain(): Promise<void>
  /** Blocks by itself whom a run has found, if anybody may. */
  autoblock?: Pick<Autoblock, 'enforce'> | undefined
  settings: Settings
  log: Logger
  /** Is told when findings were saved. */
  bus?: Pick<Bus, 'publish'> | undefined
  /** Knows who need not be judged. */
  crawlers?: Judging['crawlers']
}

/** What one run did. */
export interface RunSummary {
  /** Start of the UTC hour that was judged. */
  hour: Date
  addresses: number
  flagged: number
  learned: LearnedFacts
  learning: LearningFacts
}

/**
 * The hourly job: judges every address of a closed hour and saves those it flags, with reasons.
 *
 * A run claims its hour, so that of all instances one does it; its findings are written in the
 * transaction that marks the hour done. One walk through it: claim, `judgeWholeHour`, and, when
 * that may be, block.
 */
export class DetectionJob {
  readonly #parts: Parts
  readonly #options: typeof DEFAULTS
  readonly #claims: Claims
  readonly #learned = new LearnedThread()
  readonly #learning: Learning
  readonly #stopping = new AbortController()
  #schedule?: Schedule
  #starting: Promise<unknown> = Promise.resolve()
  /** Looks for missed hours, one after the other. */
  #looks: Promise<unknown> = Promise.resolve()

  constructor(parts: Parts, options: Partial<typeof DEFAULTS> = {}) {
    this.#parts = parts
    this.#options = { ...DEFAULTS, ...options }
    const { knex, settings } = parts
    this.#learning = new Learning({ knex, detectors: settings.detectors, thread: this.#learned })
    this.#claims = new Claims(parts.knex, RUNS, parts.log)
  }

  /**
   * From now on closed hours are judged on the clock, and soon those that ended while no service ran, or whose
   * runs were broken off by the end of a process. Throws when the schedule is not one.
   */
  start(): void {
    const { settings, log } = this.#parts
    const tick = () => this.#catchUp(this.#options.settleMs)
    this.#schedule = schedule(settings.detectionSchedule, 'detection', tick, log)
    this.#starting = Promise.all([
      this.#try({}, 'broken-off runs not found', () => this.#resume()),
      this.#catchUp(this.#options.catchUpAfterMs),
    ])
  }

  /** Lets the hour that is being judged end, and begins no other. */
  async stop(): Promise<void> {
    this.#stopping.abort()
    await this.#schedule?.stop()
    await this.#starting
    await this.#learned.close()
  }

  /**
   * Judges the hour that contains `time`; undefined when that is done already, or is being done by
   * somebody else. With `force` any hour is judged once more, the running one too. Rejects when it
   * fails, having given the hour back for another try.
   */
  async run(time: Date, { force = false } = {}): Promise<RunSummary | undefined> {
    const hour = startOfHour(time)
    // A forced run inside the hour saw only its beginning.
    const claim = await this.#claims.claim(hour, { force, finishedBefore: endOf(hour) })
    if (!claim) return undefined
    try {
      return await this.#judgeHour(hour, claim)
    } catch (error) {
      await claim.fail(error)
      throw error
    }
  }

  /**
   * Judges all closed hours of the last day that have requests and were not judged; never rejects.
   * Answers whether none is left; those that somebody else is judging, or was, are.
   */
  runMissed(now?: Date): Promise<boolean> {
    const look = this.#looks.then(() => this.#runMissed(now ?? new Date()))
    this.#looks = look
    return look
  }

  async #runMissed(now: Date): Promise<boolean> {
    let left: Date[] | undefined
    await this.#try({}, 'missed hours not found', async () => {
      await this.#parts.drain()
      await this.#runEach(await this.#missedHours(now))
      left = await this.#missedHours(now)
    })
    return left?.length === 0
  }

  /**
   * Judges what was missed, after a pause. When the database went away with a run half done, or a process did,
   * the hour need not wait for the next tick.
   */
  async #catchUp(afterMs: number): Promise<void> {
    await this.#pause(afterMs)
    for (let look = 1; look <= LOOKS && !(await this.runMissed()); look++) {
      await this.#pause(this.#options.againMs)
    }
  }

  /** Judges what a process that is gone had begun to, once its claims are stale. */
  async #resume(): Promise<void> {
    const broken: Date[] = await this.#parts
      .knex('detection_runs')
      .whereNull('finished_at')
      .whereNull('error')
      .whereRaw(`heartbeat_at > now() - interval '${CATCH_UP_HOURS} hours'`)
      .orderBy('hour')
      .pluck('hour')
    if (broken.length === 0) return
    await this.#pause(this.#options.againMs)
    await this.#runEach(broken)
  }

  /** One after the other, and between two of them others have the database as long. */
  async #runEach(hours: readonly Date[]): Promise<void> {
    for (const [nth, hour] of hours.entries()) {
      const startedAt = performance.now()
      await this.#try({ hour }, 'hour not judged', () => this.run(hour))
      const tookMs = performance.now() - startedAt
      if (nth < hours.length - 1) await this.#pause(tookMs * (1 / SHARE - 1))
    }
  }

  async #judgeHour(hour: Date, claim: Claim): Promise<RunSummary> {
    const { drain, autoblock, bus, log } = this.#parts
    await drain()
    const { outcome, learn } = await this.#judgeAndSave(claim)
    claim.end()
    const { certain, saved, ...counts } = outcome
    await bus?.publish('findings')
    await autoblock?.enforce(hour, certain, saved)
    log.info({ hour, ...counts, learned: counts.learned.state }, 'detection: hour judged')
    return { hour, ...counts, learning: await learn() }
  }

  /** A large hour in a thread, so that requests do not wait for it; when the thread fails, here. */
  async #judgeAndSave({ row }: Claim): Promise<JudgedAndSaved> {
    const { knex, thread, settings, log } = this.#parts
    if (thread && (await isWorthThread(knex, row.hour, this.#options.largeFrom))) {
      try {
        const { monitors } = settings
        return await judgeInThread({ ...this.#parts, ...thread, monitors }, row)
      } catch (error) {
        if (!(error instanceof ThreadLost)) throw error
        log.warn(
          { error, hour: row.hour },
          'detection: the thread is lost, the hour is judged here',
        )
      }
    }
    return judgeWholeHour({ ...this.#parts, learned: this.#learned, learning: this.#learning }, row)
  }

  async #missedHours(now: Date): Promise<Date[]> {
    const { knex } = this.#parts
    const until = startOfHour(now)
    const since = new Date(until.getTime() - CATCH_UP_HOURS * HOUR_MS)
    const busy = await busyHours(knex, since, until)
    const judged: Date[] = await knex('detection_runs')
      .whereIn('hour', busy)
      .whereRaw(`finished_at >= hour + interval '1 hour'`)
      .pluck('hour')
    const done = new Set(judged.map(Number))
    return busy.filter((hour) => !done.has(Number(hour)))
  }

  /** Does `work`, once more after a pause when it fails, and says so; then leaves it to the next tick. */
  async #try(about: object, failure: string, work: () => Promise<unknown>): Promise<void> {
    for (let attempt = 1; attempt <= TRIES; attempt++) {
      if (this.#stopping.signal.aborted) return
      try {
        await work()
        return
      } catch (error) {
        this.#parts.log.error({ error, ...about, attempt }, `detection: ${failure}`)
        await this.#pause(this.#options.retryMs)
      }
    }
  }

  /** Waits, unless the service stops. */
  async #pause(ms: number): Promise<void> {
    await sleep(ms, undefined, { signal: this.#stopping.signal }).catch(() => {})
  }
}

function endOf(hour: Date): Date {
  return new Date(hour.getTime() + HOUR_MS)
}
