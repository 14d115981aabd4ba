import { HOUR_MS } from '../detection/hour/in-database'
import type { LogEntry } from '../request-log/entry'

/** Different paths that are counted; those that come later are left out. */
const MOST_PATHS = 20_000
const LONGEST = 200
/** Addresses that are told apart for one path. */
const MOST_ADDRESSES = 1_000

/** A path that flagged addresses asked for. */
export interface AskedPath {
  path: string
  requests: number
  /** Answered 400 and above. */
  missed: number
  addresses: number
}

/** Counts what flagged addresses asked for in the hours in which they were flagged. */
export class AskedPaths {
  readonly #flagged: ReadonlySet<string>
  readonly #paths = new Map<string, { requests: number; missed: number; addresses: Set<string> }>()

  /** `flagged` as `keyOf` spells them. */
  constructor(flagged: ReadonlySet<string>) {
    this.#flagged = flagged
  }

  add(entries: readonly LogEntry[]): void {
    for (const { address, timestamp, path, status } of entries) {
      if (!this.#flagged.has(keyOf(address, Math.floor(timestamp / HOUR_MS) * HOUR_MS))) continue
      const asked = this.#of(path.slice(0, LONGEST))
      if (asked === undefined) continue
      asked.requests++
      if ((status ?? 0) >= 400) asked.missed++
      if (asked.addresses.size < MOST_ADDRESSES) asked.addresses.add(address)
    }
  }

  /** The `most` that were asked for by most addresses, then most often. */
  top(most: number): AskedPath[] {
    return Array.from(this.#paths, ([path, { requests, missed, addresses }]) => {
      return { path, requests, missed, addresses: addresses.size }
    })
      .sort((a, b) => b.addresses - a.addresses || b.requests - a.requests)
      .slice(0, most)
  }

  #of(path: string) {
    const known = this.#paths.get(path)
    if (known || this.#paths.size === MOST_PATHS) return known
    const added = { requests: 0, missed: 0, addresses: new Set<string>() }
    this.#paths.set(path, added)
    return added
  }
}

/** An address and the hour that begins at `start`, as one text. */
export function keyOf(address: string, start: number): string {
  return `${start} ${address}`
}
