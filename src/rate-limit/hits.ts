/** The state of a limit as one hit found it. */
export interface Hit {
  /** How many were left, this one included; 0: refused, and not counted. */
  remaining: number
  /** Time until one more is allowed than now: until the oldest counted hit leaves the window. */
  resetMs: number
}

/** One of the counts that a hit must find room in. */
export interface Counter {
  /** What kind of client it counts, `login/64`; each kind has its own bounded table in memory. */
  readonly table: string
  /** Whom it counts. */
  readonly id: string
  readonly quota: number
}

/** The hits of one client within the window, however they are remembered. */
export interface Hits {
  /** How many count at `nowMs`; those that have left the window are forgotten. */
  countAt(nowMs: number): number
  add(nowMs: number): void
  /** When the oldest of them leaves the window; undefined when there are none. */
  readonly oldestLeavesAt: number | undefined
}

/** A way to remember hits, in memory and in Redis: the same algorithm in both. */
export interface Algorithm {
  readonly name: string
  /** Whether a hit leaves exactly a window after it came: then all clocks agree on when. */
  readonly exact: boolean
  newHits(windowMs: number): Hits
  /**
   * One atomic step in Redis, exact however many instances ask at once, and by Redis' clock, for
   * those of the instances differ. KEYS: the counters; ARGV: the window in milliseconds, how many
   * hits, then a quota for each counter. Answers the `Hit` that the first of them finds; of the
   * others, each finds one less, as long as there are any.
   */
  readonly script: string
}

/** The start of every script: `now` in milliseconds by Redis' clock, and what the counters say. */
export const SCRIPT_START = `
  local window, hits = tonumber(ARGV[1]), tonumber(ARGV[2])
  local time = redis.call('TIME')
  local now = time[1] * 1000 + math.floor(time[2] / 1000)
  local remaining, reset = math.huge, 0

  -- The strictest counter speaks for all: the one with the least left, then the longest wait.
  local function note(left, wait)
    left = math.max(0, left)
    if left < remaining or (left == remaining and wait > reset) then
      remaining, reset = left, wait
    end
  end
`

/** `Hit` of several counters: what `note` in `SCRIPT_START` does, in memory. */
export function strictest(a: Hit, b: Hit): Hit {
  if (a.remaining !== b.remaining) return a.remaining < b.remaining ? a : b
  return a.resetMs >= b.resetMs ? a : b
}
