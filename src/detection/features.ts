import { inSlices } from '../platform/slices'
import type { Tally } from './hour/tally'
import type { Matrix } from './learned/detector'

/** Shares are drawn towards the site's own as if by this many more requests. */
const PRIOR_REQUESTS = 3

/** An address that loads so many parts of pages may be one more visitor. */
const ASSETS_PER_VISITOR = 5

/** What a model makes of a small difference is no reason to tell a person. */
const TELLING_SHARE = 0.05
const TELLING_FACTOR = 1.5

/**
 * One number about an address in one hour, the more the riskier.
 *
 * With `of` it is a share, `count` of `of`; without, a plain number of unlimited size.
 */
export interface Feature {
  readonly name: string
  /** For people: `share of requests not found`. */
  readonly label: string
  count(tally: Tally): number
  of?(tally: Tally): number
}

const perRequest = { of: (tally: Tally) => tally.requests }
const perTemplate = { of: (tally: Tally) => tally.served.length + tally.missed.length }

/**
 * What the learned detectors see, and what is kept with a finding. Sensitive paths and signatures
 * are not among them: the rules have judged those, and the same evidence must not count twice.
 */
export const FEATURES: readonly Feature[] = [
  // How much, and how fast.
  { name: 'requests', label: 'requests', count: (t) => t.requests / visitors(t) },
  {
    name: 'busiestTenSeconds',
    label: 'requests in its busiest ten seconds',
    count: (t) => t.busiestTenSeconds / visitors(t),
  },
  {
    name: 'activeMinutes',
    label: 'minutes with requests',
    count: (t) => t.activeMinutes / visitors(t),
  },
  {
    name: 'steadiness',
    // 1: equal time between all requests; 0.5: as random arrivals; towards 0: in bursts.
    label: 'steadiness of its rhythm',
    count: (t) => (t.gapMean > 0 ? (t.requests * t.gapMean) / (t.gapMean + t.gapDeviation) : 0),
    ...perRequest,
  },
  { name: 'megabytes', label: 'megabytes answered', count: (t) => t.bytes / 1e6 / visitors(t) },

  // What it asked for.
  { name: 'paths', label: 'different paths', count: (t) => t.paths / visitors(t) },
  {
    name: 'barePages',
    label: 'pages without their styles, scripts and images',
    count: (t) => Math.max(0, t.pageRequests - t.assets) / visitors(t),
  },
  {
    name: 'withoutReferer',
    label: 'pages it came to from nowhere',
    count: (t) => t.withoutReferer / visitors(t),
  },
  {
    name: 'novel',
    label: 'share of pages that hardly anybody else asks for',
    count: (t) => t.novel * (t.served.length + t.missed.length),
    ...perTemplate,
  },
  { name: 'sequentialIds', label: 'steps from number to number', count: (t) => t.sequentialIds },
  { name: 'depth', label: 'segments of its deepest path', count: (t) => t.depth },
  { name: 'longestTarget', label: 'bytes in its longest target', count: (t) => t.longestTarget },

  // What it was answered.
  {
    name: 'pagesNotFound',
    label: 'pages not found',
    count: (t) => Math.max(0, t.pagesNotFound - t.ownFaultMisses),
  },
  {
    name: 'notFound',
    label: 'share not found',
    count: (t) => Math.max(0, t.pagesNotFound - t.ownFaultMisses),
    ...perRequest,
  },
  { name: 'denied', label: 'share denied', count: (t) => t.denied, ...perRequest },
  {
    name: 'otherClientErrors',
    label: 'share with other client errors',
    count: (t) => t.otherClientErrors,
    ...perRequest,
  },
  {
    name: 'serverErrors',
    label: 'share with server errors',
    count: (t) => t.serverErrors,
    ...perRequest,
  },

  // What it sent, and as whom.
  {
    name: 'authAttempts',
    label: 'attempts to sign in',
    count: (t) => t.authAttempts / visitors(t),
  },
  {
    name: 'authFailures',
    label: 'attempts that were refused',
    count: (t) => t.authFailures / visitors(t),
  },
  { name: 'writes', label: 'share of writing methods', count: (t) => t.writes, ...perRequest },
  { name: 'tools', label: 'share by tools', count: (t) => t.toolRequests, ...perRequest },
  { name: 'agents', label: 'different user agents', count: (t) => t.agents / visitors(t) },
]

/** What is usual at this site: one value per feature. */
export interface Usual {
  /** The site's own shares; 0 for features that are no share. */
  readonly priors: Float64Array
  /** The median address, as it is shown to people. */
  readonly shown: Float64Array
  /** The median address, as the detectors see it. */
  readonly median: Float64Array
}

/** A feature of one address as people read it: a number, or a share 0 to 1. */
export function shownValue(feature: Feature, tally: Tally): number {
  return feature.count(tally) / (feature.of?.(tally) || 1)
}

/** Whether a value is so far above the usual one that a person would call it odd. */
export function isTelling(feature: Feature, shown: number, usual: number): boolean {
  return feature.of ? shown >= usual + TELLING_SHARE : shown >= usual * TELLING_FACTOR
}

/** All features of one address by name, to be kept with a finding. */
export function namedFeatures(tally: Tally): Record<string, number> {
  return Object.fromEntries(
    FEATURES.map((feature) => [feature.name, round(shownValue(feature, tally))]),
  )
}

/** The same of the median address. */
export function namedUsual({ shown }: Pick<Usual, 'shown'>): Record<string, number> {
  return Object.fromEntries(FEATURES.map(({ name }, nth) => [name, round(shown[nth]!)]))
}

/**
 * What was counted of these addresses, a row each: of every feature the count and what it is a
 * share of (0 without). Kept as it is, such rows can be learned from on any later day.
 */
export function observe(tallies: readonly Tally[]): Matrix {
  const matrix = emptyRows(tallies.length)
  tallies.forEach((tally, row) => {
    observeOne(tally, row, matrix)
  })
  return matrix
}

/** The same, while others work in between. */
export async function observeInSlices(tallies: readonly Tally[]): Promise<Matrix> {
  const matrix = emptyRows(tallies.length)
  await inSlices(tallies, (tally, row) => observeOne(tally, row, matrix))
  return matrix
}

function emptyRows(rows: number): Matrix {
  const columns = 2 * FEATURES.length
  return { rows, columns, values: new Float64Array(rows * columns) }
}

function observeOne(tally: Tally, row: number, { columns, values }: Matrix): void {
  let at = row * columns
  for (const { count, of } of FEATURES) {
    values[at++] = count(tally)
    values[at++] = of?.(tally) ?? 0
  }
}

/** Learns from at least one observed address what is usual. */
export function usualOf(observed: Matrix): Usual {
  const priors = Float64Array.from(FEATURES, ({ of }, nth) =>
    of ? sum(observed, 2 * nth) / (sum(observed, 2 * nth + 1) || 1) : 0,
  )
  const column = new Float64Array(observed.rows)
  const medianOf = (value: (count: number, of: number, nth: number) => number) =>
    Float64Array.from(FEATURES, (_, nth) => {
      for (let row = 0; row < observed.rows; row++) {
        const at = row * observed.columns + 2 * nth
        column[row] = value(observed.values[at]!, observed.values[at + 1]!, nth)
      }
      return median(column)
    })
  return {
    priors,
    shown: medianOf((count, of, nth) => (FEATURES[nth]!.of ? count / (of || 1) : count)),
    median: medianOf((count, of, nth) => scaled(FEATURES[nth]!, count, of, priors[nth]!)),
  }
}

/**
 * Observed addresses as rows for the detectors. Plain numbers become logarithms and shares are
 * shrunk towards the site's own, so that one request does not make a share of 1. What is below the
 * site's median is raised to it: nobody is odd for being quiet.
 */
export function toMatrix(observed: Matrix, usual: Usual): Matrix {
  const columns = FEATURES.length
  const values = new Float64Array(observed.rows * columns)
  for (let row = 0; row < observed.rows; row++) {
    FEATURES.forEach((feature, nth) => {
      const at = row * observed.columns + 2 * nth
      const [count, of] = [observed.values[at]!, observed.values[at + 1]!]
      const value = scaled(feature, count, of, usual.priors[nth]!)
      values[row * columns + nth] = Math.max(value, usual.median[nth]!)
    })
  }
  return { rows: observed.rows, columns, values }
}

function scaled(feature: Feature, count: number, of: number, prior: number): number {
  if (!feature.of) return Math.log1p(count)
  return (count + PRIOR_REQUESTS * prior) / (of + PRIOR_REQUESTS)
}

/**
 * About how many people share an address, an office say: as many as there are agents, if they load
 * what belongs to their pages. What attackers invent agents for is not reading pages with pictures.
 */
function visitors({ agents, assets }: Tally): number {
  return Math.max(1, Math.min(agents, assets / ASSETS_PER_VISITOR))
}

function sum({ rows, columns, values }: Matrix, column: number): number {
  let total = 0
  for (let row = 0; row < rows; row++) total += values[row * columns + column]!
  return total
}

/** The median, for which `values` are put into another order: Hoare's FIND, in linear time. */
function median(values: Float64Array): number {
  const middle = values.length >> 1
  let first = 0
  let last = values.length - 1
  while (first < last) {
    const pivot = values[(first + last) >> 1]!
    let i = first
    let j = last
    while (i <= j) {
      while (values[i]! < pivot) i++
      while (values[j]! > pivot) j--
      if (i > j) break
      const swapped = values[i]!
      values[i++] = values[j]!
      values[j--] = swapped
    }
    if (middle <= j) last = j
    else if (middle >= i) first = i
    else break
  }
  return values[middle]!
}

function round(value: number): number {
  return Math.round(value * 1_000) / 1_000
}
