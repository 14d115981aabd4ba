import { isTierName, NO_TIER, type Tier } from '../../src/rate-limit/tier'
import { WrongUsage } from './script'

/**
 * The name of a tier that a key may be bound to; throws `WrongUsage`, which names those there are.
 * The settings of the service may not be those of this shell: without any, every name will do.
 */
export function readTier(name: string, tiers: readonly Tier[]): string {
  const names = tiers.filter(({ who }) => who === 'key').map((tier) => tier.name)
  if (name === NO_TIER || names.includes(name)) return name
  if (tiers.length === 0 && isTierName(name)) return name
  throw new WrongUsage(
    `A tier is one of ${[...names, NO_TIER].join(', ')}: those of RATE_LIMITS that count keys.`,
  )
}
