import { setTimeout as sleep, setImmediate as yieldThread } from 'node:timers/promises'
import type { Address } from '../net/address'
import type { Cache } from '../platform/cache'
import type { Logger } from '../platform/logger'
import { PlaceMemory } from './memory'
import { correct, fillIn, reservedPlace } from './place'
import type { Provider } from './provider'
import { type GeoSource, NOWHERE, type Place } from './source'

const DEFAULTS = {
  /** How long a place is remembered, unknown ones too. */
  ttlSeconds: 24 * 3_600,
  /** Most places kept in this process, some 20 MB. */
  capacity: 50_000,
  /** So few new addresses wait for the provider; more go on with what the files know. */
  waitForFew: 32,
  /** How long they wait. */
  waitMs: 300,
  /** What the files know is taken for so long while the provider does not answer. */
  meanwhileMs: 10_000,
  /** A source that goes on failing is complained about this often. */
  complainEveryMs: 60_000,
}

/** Addresses looked up in files before others on this thread have their turn: some 5 ms. */
const LOOKUPS_AT_ONCE = 500

interface Parts {
  /** Asked in this order. */
  sources: readonly GeoSource[]
  /** Knows better than the sources, but slowly. */
  provider?: Pick<Provider, 'name' | 'ask'> | undefined
  /** What instances know together. */
  shared?: Cache | undefined
  /** Under what a place is looked up, remembered and asked for; the address itself by default. */
  subjectOf?: (address: Address) => Address
  log: Pick<Logger, 'warn'>
}

/** What the sources know about a subject; incomplete when one of them could not be asked. */
interface Answer {
  readonly subject: Address
  place: Place
  readonly complete: boolean
}

/**
 * Finds the places of addresses: in memory, then in the shared cache when there is one, then by
 * asking the sources in order. Location and operator are each taken whole from the first source
 * that knows them, never mixed.
 *
 * The provider, when there is one, corrects what the sources know. A few new addresses wait for it
 * a moment; a batch with many, or a late provider, gets what the sources know, and the provider's
 * answer is remembered for the next time.
 *
 * Never throws: what fails is passed over. An answer that may be poorer than it could be is given,
 * but not remembered; while the provider owes one, for seconds, so that a busy visitor is not
 * looked up in every batch.
 */
export class Locator {
  readonly #sources: readonly GeoSource[]
  readonly #provider: Parts['provider']
  readonly #subjectOf: (address: Address) => Address
  readonly #log: Pick<Logger, 'warn'>
  readonly #options: typeof DEFAULTS
  readonly #memory: PlaceMemory
  readonly #complainedAt = new Map<GeoSource, number>()
  /** Moves when something is forgotten: an answer that was asked for before is not remembered. */
  #forgotten = 0

  constructor(parts: Parts, options: Partial<typeof DEFAULTS> = {}) {
    const { sources, provider, shared, subjectOf = (address) => address, log } = parts
    this.#sources = sources
    this.#provider = provider
    this.#subjectOf = subjectOf
    this.#log = log
    this.#options = { ...DEFAULTS, ...options }
    const edition = () => [...sources.map(({ edition }) => edition), provider?.name].join()
    this.#memory = new PlaceMemory(shared, edition, this.#options)
  }

  /** One place per address given; the shared cache is asked once and told once for all of them. */
  async findAll(addresses: Iterable<Address>): Promise<Map<Address, Place>> {
    const places = new Map<Address, Place>()
    const unknown = new Map<Address, Address>()
    for (const address of addresses) {
      const subject = this.#subjectOf(address)
      const place = this.#memory.get(subject) ?? reservedPlace(subject)
      places.set(address, place ?? NOWHERE)
      if (!place) unknown.set(address, subject)
    }
    if (unknown.size === 0) return places

    const found = await this.#find([...new Set(unknown.values())])
    for (const [address, subject] of unknown) places.set(address, found.get(subject)!)
    return places
  }

  /** Forgets what is remembered of one address; false when the shared cache could not be told. */
  forget(address: Address): Promise<boolean> {
    this.#forgotten++
    return this.#memory.forget(this.#subjectOf(address))
  }

  /** Empties the memory of this process: a source has changed, or somebody was forgotten. */
  forgetAll(): void {
    this.#forgotten++
    this.#memory.clear()
  }

  /** The places of subjects that are not in memory. */
  async #find(subjects: Address[]): Promise<Map<Address, Place>> {
    const places = await this.#memory.recall(subjects)
    for (const { subject, place } of await this.#ask(subjects.filter((one) => !places.has(one)))) {
      places.set(subject, place)
    }
    return places
  }

  async #ask(subjects: Address[]): Promise<Answer[]> {
    const forgotten = this.#forgotten
    const answers: Answer[] = []
    for (const subject of subjects) {
      answers.push(await this.#askSources(subject))
      if (answers.length % LOOKUPS_AT_ONCE === 0) await yieldThread()
    }
    if (this.#provider) await this.#askProvider(this.#provider, answers)
    else if (forgotten === this.#forgotten) this.#memory.remember(answers.filter(isComplete))
    return answers
  }

  async #askSources(subject: Address): Promise<Answer> {
    let place = NOWHERE
    let complete = true
    for (const source of this.#sources) {
      if (place.country !== null && place.asn !== null) break
      try {
        const found = source.find(subject)
        // Awaited only where it must be: 5,000 addresses ask three sources each.
        place = fillIn(place, found instanceof Promise ? await found : found)
      } catch (error) {
        complete = false
        this.#complain(source, error)
      }
    }
    return { subject, place, complete }
  }

  /** Waits for the provider when it is asked about few, and not for long. */
  async #askProvider(provider: Pick<Provider, 'ask'>, answers: Answer[]): Promise<void> {
    const { waitForFew, waitMs, meanwhileMs } = this.#options
    const forgotten = this.#forgotten
    this.#memory.keepFor(meanwhileMs, answers.filter(isComplete))
    const asking: Promise<void>[] = []
    for (const answer of answers) {
      const asked = provider.ask(answer.subject)?.then((found) => {
        answer.place = correct(answer.place, found)
        if (forgotten === this.#forgotten && answer.complete) this.#memory.remember([answer])
      })
      if (asked) asking.push(asked.catch(() => {})) // The provider has said so itself.
    }
    if (asking.length === 0 || answers.length > waitForFew) return
    await Promise.race([Promise.all(asking), sleep(waitMs)])
  }

  #complain(source: GeoSource, error: unknown): void {
    const now = Date.now()
    if (now - (this.#complainedAt.get(source) ?? 0) < this.#options.complainEveryMs) return
    this.#complainedAt.set(source, now)
    this.#log.warn({ error, source: source.name }, 'geo: a source failed, going on without it')
  }
}

function isComplete({ complete }: Answer): boolean {
  return complete
}
