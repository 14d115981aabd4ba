import { Resolver } from 'node:dns/promises'
import { LRUCache } from 'lru-cache'
import type { Address } from '../net/address'
import { parseAddress } from '../net/address'
import { visible } from '../net/visible'

const ANSWER_MS = 1_500
const REMEMBERED = 2_000
const REMEMBERED_MS = 3_600_000
/** Questions at a time; who asks while so many are on their way is told that it is not known. */
const AT_ONCE = 8
/** Names told of one address; longer lists are of hosts for hire, and tell nobody anything. */
const TOLD = 5

/** A name that an address says it has, and whether that name says the same. */
export interface ReverseName {
  name: string
  confirmed: boolean
}

type Names = Pick<Resolver, 'reverse' | 'resolve4' | 'resolve6'>

/**
 * The names of addresses in DNS, for people who look at one. Whoever runs the name server learns
 * which; so it is asked only when the settings allow it, and never for a visitor's request.
 */
export class ReverseNames {
  readonly #names: Names | undefined
  readonly #known = new LRUCache<Address, ReverseName[]>({ max: REMEMBERED, ttl: REMEMBERED_MS })
  #asking = 0

  constructor(allowed: boolean, names: Names = new Resolver({ timeout: ANSWER_MS, tries: 1 })) {
    this.#names = allowed ? names : undefined
  }

  /** Whether the settings allow to ask. */
  get isAllowed(): boolean {
    return this.#names !== undefined
  }

  /** The names of an address, none when it has none; undefined when that could not be found out. Never rejects. */
  async of(address: Address): Promise<ReverseName[] | undefined> {
    const known = this.#known.get(address)
    if (known || !this.#names || this.#asking >= AT_ONCE) return known
    this.#asking++
    try {
      const found = await lookUp(this.#names, address)
      this.#known.set(address, found)
      return found
    } catch {
      return undefined // It is asked again the next time.
    } finally {
      this.#asking--
    }
  }
}

async function lookUp(names: Names, address: Address): Promise<ReverseName[]> {
  const found = (await noneWhenUnknown(names.reverse(address))).slice(0, TOLD)
  return Promise.all(
    found.map(async (name) => {
      const resolved = address.includes(':') ? names.resolve6(name) : names.resolve4(name)
      const addresses = await resolved.catch(() => [])
      const confirmed = addresses.some((text) => parseAddress(text) === address)
      return { name: visible(name.slice(0, 253)), confirmed }
    }),
  )
}

async function noneWhenUnknown(answer: Promise<string[]>): Promise<string[]> {
  try {
    return await answer
  } catch (error) {
    const { code } = error as NodeJS.ErrnoException
    if (code === 'ENOTFOUND' || code === 'ENODATA') return []
    throw error
  }
}
