import { setTimeout as sleep } from 'node:timers/promises'
import type { Knex } from 'knex'
import type { Bus } from '../platform/bus'
import { Lease } from '../platform/lease'
import type { Autoblock } from './autoblock'
import type { Campaign } from './campaigns/campaign'
import { saveCampaigns } from './campaigns/saved'
import { saveFindings } from './findings'
import { withoutErased } from './hour/erased'
import { endOfHour, findStirring, runningHours, type Stirring } from './hour/stirring'
import { type Judging, judgeStoredHour } from './hour/stored-hour'
import type { Judgement } from './judge'
import { Ration } from './ration'
import { recallSite } from './site/memory'
import type { Site } from './site/site'

/** Looks at those who stir may take this share of the time, whatever the database needs for it … */
const SHARE = 0.2
/** … and looks at all of an hour this. */
const WHOLE_SHARE = 0.2

const nothingLearned = () => Promise.reject(new Error('nothing is learned between the hours'))
/** Whoever judges without detectors asks nobody. */
const NOBODY: Judging['learned'] = { train: nothingLearned, score: nothingLearned }

const DEFAULTS = {
  /** Pause between two looks; longer behind one that took long. */
  everyMs: 2_000,
  /** Longest pause after failures. */
  longestMs: 60_000,
}

/** What is known of an hour: who was worth a look, what was found, as it was told last, and the site. */
interface Known {
  stirring: Stirring
  found: Map<string, string>
  /** As the last look at the whole hour has found them, and whether more has happened since. */
  campaigns: readonly Campaign[]
  isOwed: boolean
  site?: Site
}

const NOTHING: Known = { stirring: new Map(), found: new Map(), campaigns: [], isOwed: false }

interface Parts extends Omit<Judging, 'learned'> {
  autoblock: Pick<Autoblock, 'enforce'>
  /** Is told when findings were saved. */
  bus?: Pick<Bus, 'publish'> | undefined
  /** Whether the database is there; asked before it is. */
  isUp(): boolean
}

/**
 * Judges the running hour every few seconds, as far as it needs no learning: what is flagged with
 * medium or high severity by rules and campaigns is a finding at once. The hourly job judges the
 * same hour with everything when it is over, and renews the same findings.
 *
 * Of all instances one does it. A look costs one number when nobody has sent anything, and two
 * queries over the last ten minutes when nobody has done more that may be an attack. Else all of the
 * hour is judged, so that campaigns are seen; when that takes long, mostly those who stir are, with
 * the campaigns that are known, and all only so often that it is a fifth of the time. When the database
 * is slow it looks less often, and when it is away hardly; requests never wait for it.
 */
export class BetweenHours {
  readonly #parts: Parts
  readonly #options: typeof DEFAULTS
  readonly #lease: Lease
  readonly #stopping = new AbortController()
  readonly #looks = new Ration(SHARE)
  readonly #wholes = new Ration(WHOLE_SHARE)
  #running: Promise<void> = Promise.resolve()
  /** How many requests had ever been written at the last look. */
  #written: string | undefined
  /** By hour. */
  #known = new Map<number, Known>()

  constructor(parts: Parts, options: Partial<typeof DEFAULTS> = {}) {
    this.#parts = parts
    this.#options = { ...DEFAULTS, ...options }
    this.#lease = new Lease(parts.knex, 'between-hours')
  }

  start(): void {
    this.#running = this.#run()
  }

  /** Lets the look that is under way end. */
  async stop(): Promise<void> {
    this.#stopping.abort()
    await this.#running
    if (this.#parts.isUp()) await this.#lease.release()
  }

  async #run(): Promise<void> {
    const { everyMs, longestMs } = this.#options
    for (let pauseMs = everyMs; await this.#pause(pauseMs); ) {
      if (!this.#parts.isUp() || !this.#looks.isDue) continue
      try {
        await this.look()
        pauseMs = everyMs
      } catch (error) {
        pauseMs = Math.min(longestMs, pauseMs * 2)
        this.#written = undefined
        this.#parts.log.warn({ error, pauseMs }, 'detection: the running hour was not judged')
      }
    }
  }

  /** Judges what is new in the running hour; answers how many findings were saved. */
  async look(now = new Date()): Promise<number> {
    const { knex } = this.#parts
    const written = await requestsWritten(knex)
    const isOwed = [...this.#known.values()].some(({ isOwed }) => isOwed)
    if (written === this.#written && !(isOwed && this.#wholes.isDue)) return 0
    if (!(await this.#lease.hold())) return 0

    let saved = 0
    const hours = runningHours(now)
    const current = new Set(hours.map(Number))
    for (const hour of this.#known.keys()) if (!current.has(hour)) this.#known.delete(hour)
    for (const hour of hours) {
      if (!(await isJudged(knex, hour))) saved += await this.#lookAt(hour, now)
      else this.#known.delete(Number(hour))
    }
    this.#written = written
    return saved
  }

  async #lookAt(hour: Date, now: Date): Promise<number> {
    const known = this.#known.get(Number(hour)) ?? NOTHING
    const stirring = await this.#looks.spend(() => findStirring(this.#parts.knex, hour, now))
    const isNew = [...stirring].some(([address, done]) => known.stirring.get(address) !== done)
    if (this.#wholes.isDue && (isNew || known.isOwed)) {
      return this.#wholes.spend(() => this.#judge(hour, known, stirring, true))
    }
    return isNew ? this.#looks.spend(() => this.#judge(hour, known, stirring, false)) : 0
  }

  /** Judges all of the hour, or those who stir; saves what is new, and answers how much. */
  async #judge(hour: Date, known: Known, stirring: Stirring, whole: boolean): Promise<number> {
    const { knex, autoblock, bus } = this.#parts
    const readAt = Date.now()
    const settings = { ...this.#parts.settings, detectors: [] }
    const judging = { ...this.#parts, settings, learned: NOBODY }
    const among = whole ? undefined : [...stirring.keys()]
    const site = known.site ?? (await recallSite(knex, hour))
    const options = { among, campaigns: known.campaigns, site }
    const { flagged, campaigns } = await judgeStoredHour(judging, hour, options)
    const grave = flagged.filter(({ severity }) => severity === 'medium' || severity === 'high')
    const news = grave.filter((one) => known.found.get(one.tally.address) !== tellingOf(one))
    if (news.length > 0) {
      const saved = await knex.transaction(async (trx) => {
        const kept = new Set(await withoutErased(trx, readAt, flagged))
        const saved = await saveFindings(trx, hour, news.filter(kept.has, kept))
        if (whole) await saveCampaigns(trx, hour, campaigns, [...kept])
        return saved
      })
      await autoblock.enforce(hour, news, saved)
      await bus?.publish('findings')
    }
    const telling = grave.map((one) => [one.tally.address as string, tellingOf(one)] as const)
    const found = new Map(whole ? telling : [...known.found, ...telling])
    this.#known.set(Number(hour), { stirring, found, campaigns, isOwed: !whole, site })
    return news.length
  }

  /** Waits; false when it is time to stop. */
  async #pause(ms: number): Promise<boolean> {
    const { signal } = this.#stopping
    await sleep(ms, undefined, { signal, ref: false }).catch(() => {})
    return !signal.aborted
  }
}

/** What a reader would notice of a judgement: it is saved again when that changes. */
function tellingOf({ risk, severity, reasons }: Judgement): string {
  return [risk.toFixed(2), severity, ...reasons.map(({ text }) => text)].join('\n')
}

/** Moves with every batch that is written; one number, whatever the log holds. */
async function requestsWritten(knex: Knex): Promise<string> {
  const { rows } = await knex.raw<{ rows: { written: string }[] }>(
    'select last_value::text as written from request_logs_id_seq',
  )
  return rows[0]!.written
}

/** Whether the hourly job has judged the hour since it was over. */
async function isJudged(knex: Knex, hour: Date): Promise<boolean> {
  const run = await knex('detection_runs').where({ hour }).first('finished_at')
  return run?.finished_at != null && run.finished_at >= endOfHour(hour)
}
