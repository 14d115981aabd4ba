import type { Address } from '../net/address'
import type { LogEntry } from '../request-log/entry'
import type { SensitivePaths } from './sensitive'
import { isNoEvidence, READING, type Tally, TOOLS } from './tally'

const TOOL_AGENTS = TOOLS.map((tool) => new RegExp(tool, 'i'))
const MINUTE_MS = 60_000

/**
 * Counts one hour's requests without a database, for logs that are only looked at; gives the same
 * tallies as `tallyHour`. Visits may come in any order. Memory grows with what it has seen: some
 * eight bytes a visit, and every address's different paths.
 */
export class HourInMemory {
  readonly #sensitivePaths: SensitivePaths
  readonly #addresses = new Map<Address, AddressInMemory>()

  constructor(sensitivePaths: SensitivePaths) {
    this.#sensitivePaths = sensitivePaths
  }

  add(visit: LogEntry): void {
    if (isNoEvidence(visit)) return
    const seen = this.#addresses.get(visit.address) ?? new AddressInMemory()
    this.#addresses.set(visit.address, seen)
    seen.add(visit, this.#sensitivePaths.find(visit.path))
  }

  tallies(): Tally[] {
    return Array.from(this.#addresses, ([address, seen]) => seen.tally(address))
  }
}

class AddressInMemory {
  readonly #counts = {
    denied: 0,
    notFound: 0,
    otherClientErrors: 0,
    serverErrors: 0,
    writes: 0,
    toolRequests: 0,
    bytes: 0,
    longestTarget: 0,
  }
  readonly #sensitive: Record<string, number> = {}
  readonly #paths = new Set<string>()
  readonly #agents = new Set<string>()
  readonly #times: number[] = []

  add(visit: LogEntry, sensitive: string | undefined): void {
    const counts = this.#counts
    const target = Buffer.byteLength(visit.path) + Buffer.byteLength(visit.query)
    const error = kindOfError(visit.status ?? 0)
    if (error) counts[error]++
    if (!READING.includes(visit.method)) counts.writes++
    if (TOOL_AGENTS.some((tool) => tool.test(visit.userAgent))) counts.toolRequests++
    if (sensitive) this.#sensitive[sensitive] = (this.#sensitive[sensitive] ?? 0) + 1
    counts.bytes += visit.bytes ?? 0
    counts.longestTarget = Math.max(counts.longestTarget, target)
    this.#paths.add(visit.path)
    this.#agents.add(visit.userAgent)
    this.#times.push(visit.timestamp)
  }

  tally(address: Address): Tally {
    return {
      address,
      requests: this.#times.length,
      ...this.#counts,
      sensitive: this.#sensitive,
      paths: this.#paths.size,
      agents: this.#agents.size,
      ...minutes(this.#times),
      ...gaps(this.#times),
    }
  }
}

function kindOfError(status: number) {
  if (status < 400) return undefined
  if (status >= 500) return 'serverErrors'
  if (status === 404) return 'notFound'
  return status === 401 || status === 403 ? 'denied' : 'otherClientErrors'
}

function minutes(times: number[]): Pick<Tally, 'activeMinutes' | 'busiestMinute'> {
  const requests = new Map<number, number>()
  for (const time of times) {
    const minute = Math.floor(time / MINUTE_MS)
    requests.set(minute, (requests.get(minute) ?? 0) + 1)
  }
  return { activeMinutes: requests.size, busiestMinute: Math.max(...requests.values()) }
}

function gaps(times: number[]): Pick<Tally, 'gapMean' | 'gapDeviation'> {
  const sorted = Float64Array.from(times).sort()
  const gaps = sorted.subarray(1).map((time, i) => (time - sorted[i]!) / 1_000)
  if (gaps.length === 0) return { gapMean: 0, gapDeviation: 0 }

  const mean = gaps.reduce((sum, gap) => sum + gap, 0) / gaps.length
  const variance = gaps.reduce((sum, gap) => sum + (gap - mean) ** 2, 0) / gaps.length
  return { gapMean: mean, gapDeviation: Math.sqrt(variance) }
}
