import { InvalidDuration, requireDuration } from '../http/duration'
import type { Hit } from './hits'

/** Whom a tier counts: visitors by address, signed-in visitors by account, applications by key. */
export const WHO = ['anonymous', 'authenticated', 'key'] as const
export type Who = (typeof WHO)[number]

/** At most `quota` requests of one client in any `windowSeconds`. */
export interface Limit {
  /** What clients are told is limited, `login` or `free`. */
  readonly name: string
  readonly quota: number
  readonly windowSeconds: number
}

/** A named limit, `free=60/1m anonymous`. */
export interface Tier extends Limit {
  readonly who: Who
}

/** How a client stands with a limit after a request; this is what clients are told. */
export interface Standing extends Limit {
  readonly allowed: boolean
  /** How many more are allowed now. */
  readonly remaining: number
  /** Whole seconds until one more is allowed than now; after them a refused client may come back. */
  readonly resetSeconds: number
}

/** A key with this tier is not limited. */
export const NO_TIER = 'none'

/** Names that would mean two things. */
const TAKEN = ['login', NO_TIER]
const MOST_TIERS = 100
const MOST_QUOTA = 1_000_000_000

/** An address has to be remembered for a whole window, and `ANONYMIZE_AFTER_HOURS` is a day. */
const LONGEST_SECONDS: Record<Who, number> = {
  anonymous: 86_400,
  authenticated: 31 * 86_400,
  key: 31 * 86_400,
}

/** What a hit on a limit means to the client. */
export function standing({ name, quota, windowSeconds }: Limit, hit: Hit): Standing {
  return {
    name,
    quota,
    windowSeconds,
    allowed: hit.remaining > 0,
    remaining: Math.max(0, hit.remaining - 1),
    // Up to whole seconds: a client that came back earlier would be refused a second time.
    resetSeconds: Math.max(1, Math.ceil(hit.resetMs / 1_000)),
  }
}

/**
 * Reads tiers, `NAME=QUOTA/WINDOW WHO`, one per line or separated by semicolons. What cannot be
 * read is told to `wrong`, each entry with what is the matter with it, and is left out.
 */
export function parseTiers(text: string, wrong: (entry: string, why: string) => void): Tier[] {
  const tiers = new Map<string, Tier>()
  const entries = text
    .split(/[;\n]/)
    .map((entry) => entry.trim())
    .filter(Boolean)
  for (const entry of entries) {
    const tier = parseTier(entry)
    if (typeof tier === 'string') wrong(entry, tier)
    else if (tiers.has(tier.name)) wrong(entry, `there is a tier ${tier.name} before it`)
    else if (tiers.size === MOST_TIERS) wrong(entry, `there are ${MOST_TIERS} tiers before it`)
    else tiers.set(tier.name, tier)
  }
  return [...tiers.values()]
}

/** The tier of one entry, or why it is none. */
function parseTier(entry: string): Tier | string {
  const [, name = '', quotaText = '', windowText = '', who = ''] =
    /^([^=\s]*)\s*=\s*([^/\s]*)\s*\/\s*(\S*)\s*(.*)$/.exec(entry) ?? []
  if (!name) return 'takes NAME=QUOTA/WINDOW WHO, such as free=60/1m anonymous'
  if (!isTierName(name)) {
    return 'a name takes up to 32 of a-z, 0-9, - and _'
  }
  if (TAKEN.includes(name)) return `the name ${name} is taken`

  const quota = Number(quotaText)
  if (!/^\d+$/.test(quotaText) || quota < 1 || quota > MOST_QUOTA) {
    return `a quota is a whole number from 1 to ${MOST_QUOTA}`
  }
  if (!isWho(who)) return `ends with whom it counts: one of ${WHO.join(', ')}`
  const windowSeconds = readSeconds(windowText)
  if (windowSeconds === undefined) return 'a window is a duration such as 30s, 1m, 24h or 7d'
  if (windowSeconds > LONGEST_SECONDS[who]) {
    return `a window for ${who} is at most ${LONGEST_SECONDS[who] / 86_400}d`
  }
  return { name, quota, windowSeconds, who }
}

/** Safe in headers, in Redis keys and on command lines. */
export function isTierName(text: string): boolean {
  return /^[a-z0-9][a-z0-9_-]{0,31}$/.test(text)
}

function isWho(text: string): text is Who {
  return WHO.some((who) => who === text)
}

function readSeconds(text: string): number | undefined {
  try {
    return requireDuration(text) / 1_000
  } catch (error) {
    if (error instanceof InvalidDuration) return undefined
    throw error
  }
}
