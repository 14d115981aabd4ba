import { LRUCache } from 'lru-cache'
import type { Address } from '../net/address'
import type { Cache } from '../platform/cache'
import { NOWHERE, type Place } from './source'

interface Options {
  /** How long a place is remembered. */
  ttlSeconds: number
  /** Most places kept in this process. */
  capacity: number
}

/** A place as it is shared; JSON. */
interface SharedPlace extends Place {
  edition: string
  /** Milliseconds since 1970. */
  foundAt: number
}

/**
 * The places that were found lately: in this process, bounded, and in the shared cache behind it
 * when there is one. However many are asked for, the shared cache is asked once.
 */
export class PlaceMemory {
  readonly #known: LRUCache<Address, Place>
  readonly #shared: Cache | undefined
  readonly #edition: () => string
  readonly #options: Options

  /** `edition` names what the places come from: what was found in another one is not believed. */
  constructor(shared: Cache | undefined, edition: () => string, options: Options) {
    this.#shared = shared
    this.#edition = edition
    this.#options = options
    this.#known = new LRUCache({ max: options.capacity, ttl: options.ttlSeconds * 1_000 })
  }

  /** What this process remembers. */
  get(subject: Address): Place | undefined {
    return this.#known.get(subject)
  }

  /** What other instances, or this one before a restart, have found out. */
  async recall(subjects: Address[]): Promise<Map<Address, Place>> {
    const recalled = new Map<Address, Place>()
    if (!this.#shared || subjects.length === 0) return recalled
    const texts = await this.#shared.getMany(subjects.map(keyOf))
    const edition = this.#edition()
    subjects.forEach((subject, i) => {
      const shared = parse(texts[i])
      if (shared?.edition !== edition) return
      const { edition: _, foundAt, ...place } = { ...NOWHERE, ...shared }
      const ttl = foundAt + this.#options.ttlSeconds * 1_000 - Date.now()
      if (!(ttl > 0)) return
      this.#known.set(subject, place, { ttl })
      recalled.set(subject, place)
    })
    return recalled
  }

  /** Returns at once: the shared cache is told beside other work. */
  remember(found: { subject: Address; place: Place }[]): void {
    for (const { subject, place } of found) this.#known.set(subject, place)
    if (!this.#shared || found.length === 0) return
    const [edition, foundAt] = [this.#edition(), Date.now()]
    const texts = found.map(({ subject, place }): [string, string] => {
      return [keyOf(subject), JSON.stringify({ ...place, edition, foundAt } satisfies SharedPlace)]
    })
    void this.#shared.setMany(texts, this.#options.ttlSeconds)
  }

  /** Keeps in this process alone, for a moment, what may soon be known better. */
  keepFor(ms: number, found: { subject: Address; place: Place }[]): void {
    for (const { subject, place } of found) this.#known.set(subject, place, { ttl: ms })
  }

  /** False when the shared cache could not be told. */
  async forget(subject: Address): Promise<boolean> {
    this.#known.delete(subject)
    return (await this.#shared?.deleteMany([keyOf(subject)])) ?? true
  }

  /** Empties the memory of this process; the shared cache stays. */
  clear(): void {
    this.#known.clear()
  }
}

function parse(text: string | undefined): SharedPlace | undefined {
  if (text === undefined) return undefined
  try {
    return JSON.parse(text) ?? undefined
  } catch {
    return undefined // Somebody else's text under our key: as good as none.
  }
}

function keyOf(subject: Address): string {
  return `place:${subject}`
}
