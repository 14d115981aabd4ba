import { LRUCache } from 'lru-cache'
import type { Address } from '../net/address'
import type { Cache } from '../platform/cache'
import type { Logger } from '../platform/logger'
import { reservedName } from './reserved'
import { type GeoSource, NOWHERE, type Place } from './source'

const DEFAULTS = {
  /** How long a place is remembered, unknown ones too. */
  ttlSeconds: 24 * 3_600,
  /** Most places kept in this process, some 20 MB. */
  capacity: 50_000,
  /** A source that goes on failing is complained about this often. */
  complainEveryMs: 60_000,
}

/**
 * Finds the places of addresses: in memory, then in the shared cache when there is one, then by
 * asking the sources in order. Location and network are each taken whole from the first source
 * that knows them, never mixed.
 *
 * Never throws: a source that fails is passed over, and because the answer may then be poorer than
 * it could be, it is given but not remembered.
 */
export class Locator {
  readonly #sources: GeoSource[]
  readonly #shared: Cache | undefined
  readonly #log: Logger
  readonly #options: typeof DEFAULTS
  readonly #known: LRUCache<Address, Place>
  readonly #complainedAt = new Map<GeoSource, number>()

  constructor(
    sources: GeoSource[],
    shared: Cache | undefined,
    log: Logger,
    options: Partial<typeof DEFAULTS> = {},
  ) {
    this.#sources = sources
    this.#shared = shared
    this.#log = log
    this.#options = { ...DEFAULTS, ...options }
    this.#known = new LRUCache({
      max: this.#options.capacity,
      ttl: this.#options.ttlSeconds * 1_000,
    })
  }

  /** One place per address given; the shared cache is asked once and told once for all of them. */
  async findAll(addresses: Iterable<Address>): Promise<Map<Address, Place>> {
    const places = new Map<Address, Place>()
    const unknown: Address[] = []
    for (const address of new Set(addresses)) {
      const place = this.#known.get(address)
      if (place) places.set(address, place)
      else unknown.push(address)
    }

    for (const [address, place] of await this.#recall(unknown)) places.set(address, place)
    const unseen = unknown.filter((address) => !places.has(address))
    for (const [address, place] of await this.#askAll(unseen)) places.set(address, place)
    return places
  }

  /** What other instances, or this one before a restart, have found out. */
  async #recall(addresses: Address[]): Promise<[Address, Place][]> {
    if (!this.#shared || addresses.length === 0) return []
    const texts = await this.#shared.getMany(addresses.map(keyOf))
    const found = addresses.flatMap((address, i): [Address, Place][] => {
      const place = parsePlace(texts[i])
      return place ? [[address, place]] : []
    })
    for (const [address, place] of found) this.#known.set(address, place)
    return found
  }

  async #askAll(addresses: Address[]): Promise<[Address, Place][]> {
    const answers: [Address, Place][] = []
    const lasting: [key: string, value: string][] = []
    for (const address of addresses) {
      const { place, complete } = await this.#ask(address)
      answers.push([address, place])
      if (!complete) continue
      this.#known.set(address, place)
      lasting.push([keyOf(address), JSON.stringify(place)])
    }
    await this.#shared?.setMany(lasting, this.#options.ttlSeconds)
    return answers
  }

  async #ask(address: Address): Promise<{ place: Place; complete: boolean }> {
    const reserved = reservedName(address)
    if (reserved) return { place: { ...NOWHERE, organisation: reserved }, complete: true }

    let place = NOWHERE
    let complete = true
    for (const source of this.#sources) {
      if (place.country !== null && place.asn !== null) break
      try {
        place = fill(place, await source.find(address))
      } catch (error) {
        complete = false
        this.#complain(source, error)
      }
    }
    return { place, complete }
  }

  #complain(source: GeoSource, error: unknown): void {
    const now = Date.now()
    if (now - (this.#complainedAt.get(source) ?? 0) < this.#options.complainEveryMs) return
    this.#complainedAt.set(source, now)
    this.#log.warn({ error, source: source.name }, 'geo: a source failed, going on without it')
  }
}

function fill(place: Place, found: Partial<Place> | null): Place {
  if (!found) return place
  const { country = null, city = null, latitude = null, longitude = null } = found
  const { asn = null, organisation = null } = found
  return {
    ...place,
    ...(place.country === null && { country, city, latitude, longitude }),
    ...(place.asn === null && { asn, organisation }),
  }
}

function parsePlace(text: string | undefined): Place | undefined {
  if (text === undefined) return undefined
  try {
    return { ...NOWHERE, ...JSON.parse(text) }
  } catch {
    return undefined // Somebody else's text under our key: as good as none.
  }
}

function keyOf(address: Address): string {
  return `place:${address}`
}
