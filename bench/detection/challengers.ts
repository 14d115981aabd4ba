import { observe, toMatrix } from '../../src/detection/features'
import type { Tally } from '../../src/detection/hour/tally'
import { usualAmong } from '../../src/detection/judge'
import { Baseline } from '../../src/detection/learned/baseline'
import { tryChallenger, type Verdict } from '../../src/detection/learned/challenge'
import type { Matrix } from '../../src/detection/learned/detector'
import type { LearnedModel } from '../../src/detection/learned/learned-model'
import { seededRandom } from '../../src/detection/learned/random'
import { trainModel } from '../../src/detection/learned/training'
import { Site } from '../../src/detection/site/site'
import { networkOfStored } from '../../src/detection/site/stored-network'
import type { Address } from '../../src/net/address'
import type { LogEntry } from '../../src/request-log/entry'
import { LogHours } from '../../src/scan/log-hours'
import { percent, share } from './hours'
import type { Window } from './logs'
import { atLeast, heading, line } from './report'
import { DEFAULTS } from './scan'

const SENSITIVE_PATHS = ['/admin', '/login']
const HOUR_MS = 3_600_000
const START = Date.UTC(2026, 2, 1)
/** Sixteen days, a training every eight hours; who teaches begins after a week. */
const HOURS_BETWEEN = 8
const TRAININGS = 48
const HONEST = 21
/** Of the clients of a quiet hour so many come again in the next one made of it. */
const COMES_AGAIN = 0.7
const WEEK_MS = 7 * 24 * HOUR_MS
/** When everybody is honest, such a share of challengers must win. */
const LEAST_WON = 0.9
const PAGES_WANTED = 45
const MISSES_WANTED = 0.25
const AGENT =
  'Mozilla/5.0 (Windows NT 10.0; Win64; x64) AppleWebKit/537.36 (KHTML, like Gecko) Chrome/141.0.0.0 Safari/537.36'
const NONE: Matrix = { rows: 0, columns: 0, values: new Float64Array(0) }

/** Who wants to be taken for usual: how many an hour, and how far they are what they want to be. */
interface Teaching {
  name: string
  addresses: number
  level(training: number): number
}

const TEACHINGS: Teaching[] = [
  { name: 'nobody', addresses: 0, level: () => 0 },
  { name: 'two an hour, ever odder', addresses: 2, level: (nth) => Math.min(1, nth / 18) },
  { name: 'eight an hour, ever odder', addresses: 8, level: (nth) => Math.min(1, nth / 18) },
  { name: 'forty an hour at once', addresses: 40, level: () => 1 },
]

/**
 * What becomes of challengers at the sites of the labelled hours, when everybody is honest and when
 * somebody teaches on purpose: readers of 45 pages without any parts, of which a quarter is missed,
 * each from a network of their own.
 */
export async function benchChallengers(windows: readonly Window[]): Promise<void> {
  heading(`challengers: ${TRAININGS} trainings in sixteen days of quiet hours`)
  for (const [name, logs] of quietHours(windows)) {
    for (const teaching of TEACHINGS) {
      const quiet = await QuietSite.of(logs)
      const { verdicts, readers, people } = await teach(quiet, teaching)
      const won = share(verdicts, ({ promoted }) => promoted)
      const target = teaching.addresses === 0 ? atLeast(won, LEAST_WON) : undefined
      line(`${name}, ${teaching.name}: challengers that won`, percent(won), target)
      for (const [why, times] of objectionsIn(verdicts)) line(`  ${why}`, String(times))
      line('  such readers as odd as one in a hundred, in the end', percent(readers))
      line('  people as odd as one in a hundred, in the end', percent(people))
    }
  }
}

async function teach(site: QuietSite, teaching: Teaching) {
  const random = seededRandom(7)
  const baseline = new Baseline({ nameNetwork: networkOfStored, random })
  const champions: { model: LearnedModel; time: number }[] = []
  const verdicts: Verdict[] = []
  for (let nth = 0; nth < TRAININGS; nth++) {
    const time = START + nth * HOURS_BETWEEN * HOUR_MS
    const [count, level] = [nth < HONEST ? 0 : teaching.addresses, teaching.level(nth - HONEST)]
    const clients = [...site.people(nth, random), ...(await site.readers(count, level, random))]
    const champion = champions.at(-1)
    baseline.learnFrom(new Date(time), clients, champion && scoresOf(champion.model, clients))

    const rows = baseline.rows()
    const task = { detectors: DEFAULTS.detectors, observed: rows, seed: nth, clean: true }
    const challenger = await trainModel(task)
    const ofLastWeek = champions.find((one) => one.time > time - WEEK_MS) ?? champion
    const incumbents = champion ? [champion.model, ofLastWeek!.model] : []
    const trial = { challenger, incumbents, baseline: rows, prototypes: NONE, seed: nth }
    const verdict = tryChallenger(trial)
    verdicts.push(verdict)
    if (verdict.promoted) champions.push({ model: challenger, time })
  }
  const last = champions.at(-1)!.model
  const readers = scoresOf(last, await site.readers(100, 1, random))
  const people = scoresOf(last, site.everybody)
  return {
    verdicts,
    readers: share(Array.from(readers), isOdd),
    people: share(Array.from(people), isOdd),
  }
}

/** Quiet hours of a site, whose usual clients are known. */
class QuietSite {
  readonly #site: Site
  readonly #hours: readonly Tally[][]
  /** Pages that it serves. */
  readonly #pages: readonly string[]

  private constructor(site: Site, hours: readonly Tally[][], pages: readonly string[]) {
    this.#site = site
    this.#hours = hours
    this.#pages = pages
  }

  static async of(logs: readonly (readonly LogEntry[])[]): Promise<QuietSite> {
    const site = new Site()
    const hours = logs.map(talliesOf)
    for (const tallies of hours) await site.learn(tallies)
    for (const tallies of hours) await site.describe(tallies)
    const served = logs.flat().filter(({ status, path }) => status === 200 && !path.includes('.'))
    const pages = [...new Set(served.map(({ path }) => path))]
    const usual = hours.map((tallies) => usualAmong(tallies, DEFAULTS))
    return new QuietSite(site, usual, pages)
  }

  get everybody(): Tally[] {
    return this.#hours.flat()
  }

  /** Most of the usual clients of an hour. */
  people(nth: number, random: () => number): Tally[] {
    return this.#hours[nth % this.#hours.length]!.filter(() => random() < COMES_AGAIN)
  }

  /** Those of so many who are usual by the rules: at level 0 a few pages with their parts, at 1 what they want. */
  async readers(count: number, level: number, random: () => number): Promise<Tally[]> {
    const readers = talliesOf(
      Array.from({ length: count }, () => this.#reading(level, random)).flat(),
    )
    await this.#site.describe(readers)
    return usualAmong(readers, DEFAULTS)
  }

  #reading(level: number, random: () => number): LogEntry[] {
    const octet = () => Math.floor(256 * random())
    const address = `100.${64 + (octet() & 63)}.${octet()}.${octet()}` as Address
    const pages = Math.round(3 + level * (PAGES_WANTED - 3))
    const start = START + Math.floor(10 * 60_000 * random())
    return Array.from({ length: pages }, (_, nth) => {
      const isMissed = random() < level * MISSES_WANTED
      const page = this.#pages[Math.floor(random() * this.#pages.length)]!
      const seen = {
        address,
        timestamp: start + Math.floor((nth + random()) * 60_000),
        method: 'GET',
        query: '',
        durationMs: 1,
        bytes: 10_000,
        userAgent: AGENT,
        account: null,
        source: 'ingest' as const,
        hasReferer: true,
      }
      const asked = {
        ...seen,
        path: isMissed ? `${page}-${octet()}` : page,
        status: isMissed ? 404 : 200,
      }
      const parts = { ...seen, path: '/style.css', status: 200 }
      return random() < level ? [asked] : [asked, parts]
    }).flat()
  }
}

function quietHours(windows: readonly Window[]): Map<string, LogEntry[][]> {
  return new Map(windows.map(({ site, baseline }) => [site, baseline]))
}

function talliesOf(entries: readonly LogEntry[]): Tally[] {
  const hours = new LogHours(SENSITIVE_PATHS)
  hours.add(entries)
  return hours.take().flatMap(({ tallies }) => tallies)
}

function scoresOf({ usual, ensemble }: LearnedModel, tallies: readonly Tally[]): Float64Array {
  return ensemble.score(toMatrix(observe(tallies), usual))
}

function isOdd(score: number): boolean {
  return score >= 0.5
}

/** How often each kind of objection was made; numbers in sentences aside. */
function objectionsIn(verdicts: readonly Verdict[]): Map<string, number> {
  const times = new Map<string, number>()
  for (const { promoted, why } of verdicts) {
    const kind = why.replace(/[\d.]+/g, '…')
    if (!promoted) times.set(kind, (times.get(kind) ?? 0) + 1)
  }
  return times
}
