import { createHash } from 'node:crypto'
import type { Address } from '../net/address'
import type { Counter } from './hits'
import { networkCounters } from './networks'
import type { LimiterStore } from './store'
import { NO_TIER, type Standing, standing, type Tier, type Who } from './tier'

const addressCounters = networkCounters('visit')

/** A tier that was asked for and cannot be had; `message` says why. */
export class UnknownTier extends Error {
  override name = 'UnknownTier'
}

/** A visit to another server that a limit may have a say in. */
export interface LimitedVisit {
  readonly address: Address
  /** Whether the address is in an allowed network: then it is not counted, but accounts are. */
  readonly isExempt: boolean
  /** Whom the application knows the visitor as; null: nobody. */
  readonly account: string | null
  /** The plan that the application has chosen for the visitor; by default the first that fits. */
  readonly tier?: string | undefined
  /** Who asks. Each counts for itself: the accounts of two applications may have the same names. */
  readonly asker: string
}

/** A key as far as its limit goes. */
interface LimitedKey {
  readonly keyId?: number
  readonly tier?: string | null
}

/**
 * The tiers of `RATE_LIMITS`. For each of whom tiers count, the first one stands by default, and
 * the others by name. Without tiers nothing is limited and nothing is counted.
 */
export class Tiers {
  readonly #tiers: readonly Tier[]
  readonly #store: Pick<LimiterStore, 'hit'>

  constructor(tiers: readonly Tier[], store: Pick<LimiterStore, 'hit'>) {
    this.#tiers = tiers
    this.#store = store
  }

  /**
   * Counts a visit: by account when there is one and a tier for accounts, by address otherwise.
   * Undefined when no tier has a say in it; throws `UnknownTier`.
   */
  async hitVisit(visit: LimitedVisit): Promise<Standing | undefined> {
    const tier = this.#tierOf(visit)
    if (!tier || (tier.who === 'anonymous' && visit.isExempt)) return undefined
    return this.#hit(tier, visitCounters(tier, visit))
  }

  /** Counts a request of a key; undefined when it is not limited. */
  async hitKey({ keyId, tier: name }: LimitedKey): Promise<Standing | undefined> {
    if (name === NO_TIER) return undefined
    const bound = this.#tiers.find((tier) => tier.name === name && tier.who === 'key')
    // A tier that is not in the settings any more must not mean: no limit.
    const tier = bound ?? this.#defaultFor('key')
    if (!tier) return undefined
    const { quota } = tier
    return this.#hit(tier, [{ table: 'key', id: `${tier.name} ${keyId}`, quota }])
  }

  #tierOf({ account, tier: name }: LimitedVisit): Tier | undefined {
    if (name === undefined) {
      const forAccount = account === null ? undefined : this.#defaultFor('authenticated')
      return forAccount ?? this.#defaultFor('anonymous')
    }
    const tier = this.#tiers.find((tier) => tier.name === name && tier.who !== 'key')
    if (!tier) throw new UnknownTier(this.#explainUnknown(name))
    if (tier.who === 'authenticated' && account === null) {
      throw new UnknownTier(`The tier ${name} counts accounts: send the account as well.`)
    }
    return tier
  }

  #defaultFor(who: Who): Tier | undefined {
    return this.#tiers.find((tier) => tier.who === who)
  }

  #explainUnknown(name: string): string {
    const names = this.#tiers.filter(({ who }) => who !== 'key').map((tier) => tier.name)
    const known = names.length > 0 ? `there are ${names.join(', ')}` : 'RATE_LIMITS names none'
    return `There is no tier ${JSON.stringify(name)} for visits; ${known}.`
  }

  async #hit(tier: Tier, counters: Counter[]): Promise<Standing> {
    return standing(tier, await this.#store.hit(counters, tier.windowSeconds * 1_000))
  }
}

function visitCounters(tier: Tier, { address, account, asker }: LimitedVisit): Counter[] {
  const whose = `${tier.name} ${asker} `
  if (tier.who === 'anonymous') return addressCounters(address, tier.quota, whose)
  const id = whose + digest(account ?? '')
  return [{ table: 'visit/account', id, quota: tier.quota }]
}

/** Accounts are names or e-mail addresses, of any length: neither to be kept, nor in Redis. */
function digest(text: string): string {
  return createHash('sha256').update(text).digest('base64url').slice(0, 22)
}
