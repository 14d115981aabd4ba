import { type Algorithm, type Hits, SCRIPT_START } from './hits'

/** Parts of a window; a hit counts up to one part longer than the window. */
export const SLICES = 20

/**
 * Sliding window of slices: hits are counted per twentieth of the window, and a slice counts until
 * its last moment is a window ago. So of any window that passes never more than the quota was
 * allowed, and a hit leaves at most a twentieth of the window (5 %) later than in the exact log. At
 * most 21 numbers per client, whatever the quota.
 *
 * A token bucket (GCRA) and the usual counter of two weighted windows are as small, but let through
 * up to twice the quota in one window.
 */
export const slidingSlices: Algorithm = {
  name: 'slices',
  exact: false,
  newHits: (windowMs) => new SlicedHits(windowMs),
  // A hash: the number of the slice since 1970, and its hits.
  script: `${SCRIPT_START}
    local length = window / ${SLICES}
    local current = math.floor(now / length)
    for i, key in ipairs(KEYS) do
      local slices = redis.call('HGETALL', key)
      local used, oldest = 0, current
      for at = 1, #slices, 2 do
        local slice = tonumber(slices[at])
        if slice < current - ${SLICES} then
          redis.call('HDEL', key, slices[at])
        else
          used = used + tonumber(slices[at + 1])
          oldest = math.min(oldest, slice)
        end
      end
      note(tonumber(ARGV[i + 2]) - used, math.ceil((oldest + ${SLICES} + 1) * length - now))
    end

    local allowed = math.min(hits, remaining)
    if allowed > 0 then
      for _, key in ipairs(KEYS) do
        redis.call('HINCRBY', key, current, allowed)
        redis.call('PEXPIRE', key, math.ceil(window + length))
      end
    end
    return { remaining, reset }
  `,
}

class SlicedHits implements Hits {
  readonly #sliceMs: number
  /** Slice and its hits by turns, the oldest slice first. */
  #slices: number[] = []
  #count = 0

  constructor(windowMs: number) {
    this.#sliceMs = windowMs / SLICES
  }

  get oldestLeavesAt(): number | undefined {
    const [oldest] = this.#slices
    return oldest === undefined ? undefined : (oldest + SLICES + 1) * this.#sliceMs
  }

  countAt(nowMs: number): number {
    const oldest = this.#sliceAt(nowMs) - SLICES
    let gone = 0
    while (this.#slices[gone]! < oldest) {
      this.#count -= this.#slices[gone + 1]!
      gone += 2
    }
    if (gone > 0) this.#slices = this.#slices.slice(gone)
    return this.#count
  }

  add(nowMs: number): void {
    const slice = this.#sliceAt(nowMs)
    const last = this.#slices.length - 2
    if (this.#slices[last]! >= slice) this.#slices[last + 1]!++
    else this.#slices = [...this.#slices, slice, 1]
    this.#count++
  }

  #sliceAt(nowMs: number): number {
    return Math.floor(nowMs / this.#sliceMs)
  }
}
