import { observe } from '../features'
import type { Tally } from '../hour/tally'
import type { Matrix } from './detector'
import { looksOf } from './looks'
import { sample, seededRandom } from './random'

const DAY_MS = 86_400_000
const DAYS = 7

/** What is kept of each UTC day. */
const LIMITS = {
  /** Rows: a thousand a day are as good as all, and no day can outweigh the others. */
  rows: 1_024,
  /** Rows of one /24 or /48, so that a rented network teaches little. */
  perNetwork: 2,
  /** Rows that look alike: they teach nothing new, and hide who looks so as well. */
  alike: 16,
  /**
   * The part that was as odd as one in a hundred when it came. Twice of what is to be expected:
   * without such rows the baseline would be trimmed anew with every training, until honest
   * visitors are odd; without a limit attackers could fill it from its edge.
   */
  oddShare: 0.02,
}

/** Clients of an hour that are looked at: more would be felt by who waits for the event loop. */
const CANDIDATES = 4_096

/** From this score on a row is odd: one in a hundred of usual clients (see `calibrate`). */
const ODD_FROM = 0.5

/** One client and hour that may be learned from; who it was cannot be told. */
export interface BaselineRow {
  /** Start of the hour, milliseconds since 1970. */
  hour: number
  /** A name for the network, the same for all its addresses. */
  network: string
  /** Of more rows than are kept, those with the lowest stay: a sample without favour. */
  lot: number
  /** Whether the model of that hour found it odd. */
  odd: boolean
  /** As `observe` writes it down. */
  observed: Float64Array
}

interface Options {
  /** Names networks: nothing that is kept should tell where somebody came from. */
  nameNetwork(address: string): string
  random?: () => number
  /** Rows kept earlier. */
  rows?: readonly BaselineRow[]
}

/**
 * What is usual at this site: a sample of the clients of the last seven days that nobody has reason
 * to mind. `learnFrom` is told who those are; robots are left out here, for they say themselves that
 * they are no usual clients.
 *
 * Nobody teaches it much: each UTC day, network, look and oddity has its limit. An attacker who
 * wants to seem usual needs hundreds of networks, looks like many different usual clients, and
 * needs days; and then the canaries of `challenge` still have to be seen.
 */
export class Baseline {
  readonly #nameNetwork: (address: string) => string
  readonly #random: () => number
  readonly #days = new Map<number, BaselineRow[]>()

  constructor({ nameNetwork, random = seededRandom(1), rows = [] }: Options) {
    this.#nameNetwork = nameNetwork
    this.#random = random
    for (const row of rows) this.#dayOf(row.hour).push(row)
    this.#forget()
  }

  /**
   * Adds a sample of these clients, with the scores that they got, if any, in the same order. The
   * same hour again replaces what was learned from it.
   */
  learnFrom(hour: Date, clients: readonly Tally[], scores?: ArrayLike<number>): void {
    const start = hour.getTime()
    const drawn = sample(CANDIDATES, clients.length, this.#random)
    const rows = Array.from(drawn)
      .filter((nth) => !isRobot(clients[nth]!))
      .map((nth): BaselineRow => {
        const tally = clients[nth]!
        return {
          hour: start,
          network: this.#nameNetwork(tally.address),
          lot: this.#random(),
          odd: (scores?.[nth] ?? 0) >= ODD_FROM,
          observed: observe([tally]).values,
        }
      })
    const others = this.#dayOf(start).filter((row) => row.hour !== start)
    this.#days.set(dayNumber(start), select([...others, ...rows]))
    this.#forget()
  }

  /** Takes back what was learned from these networks: they have turned out to attack. */
  forgetNetworks(networks: ReadonlySet<string>): void {
    for (const [day, rows] of this.#days) {
      const kept = rows.filter(({ network }) => !networks.has(network))
      this.#days.set(day, kept)
    }
  }

  get size(): number {
    let size = 0
    for (const rows of this.#days.values()) size += rows.length
    return size
  }

  /** What is kept, to be handed to a constructor again. */
  kept(): BaselineRow[] {
    return [...this.#days.values()].flat()
  }

  /** The rows to learn from, as `observe` writes them down. A copy. */
  rows(): Matrix {
    const kept = this.kept()
    const columns = kept[0]?.observed.length ?? 0
    const values = new Float64Array(kept.length * columns)
    kept.forEach(({ observed }, row) => {
      values.set(observed, row * columns)
    })
    return { rows: kept.length, columns, values }
  }

  #dayOf(hour: number): BaselineRow[] {
    const day = dayNumber(hour)
    const rows = this.#days.get(day) ?? []
    this.#days.set(day, rows)
    return rows
  }

  /** The last seven days are those before the newest row, so that old logs have a week as well. */
  #forget(): void {
    const newest = Math.max(...this.#days.keys())
    for (const day of this.#days.keys()) if (day <= newest - DAYS) this.#days.delete(day)
  }
}

/** The rows of one day within its limits, those with the lowest lots. */
function select(rows: BaselineRow[]): BaselineRow[] {
  const networks = new Map<string, number>()
  const looks = new Map<string, number>()
  const mostOdd = Math.ceil(LIMITS.oddShare * Math.min(LIMITS.rows, rows.length))
  const kept: BaselineRow[] = []
  let odd = 0
  for (const row of rows.toSorted((a, b) => a.lot - b.lot)) {
    if (kept.length === LIMITS.rows) break
    if (row.odd && odd >= mostOdd) continue
    if (!hasRoom(networks, row.network, LIMITS.perNetwork)) continue
    if (!hasRoom(looks, looksOf(row.observed), LIMITS.alike)) continue
    kept.push(row)
    if (row.odd) odd++
  }
  return kept
}

function hasRoom(counts: Map<string, number>, name: string, most: number): boolean {
  const count = counts.get(name) ?? 0
  if (count < most) counts.set(name, count + 1)
  return count < most
}

function isRobot({ robotRequests, requests }: Tally): boolean {
  return robotRequests > requests / 2
}

function dayNumber(time: number): number {
  return Math.floor(time / DAY_MS)
}
