import { type Address, parseAddress, requireAddress } from '../../net/address'
import { InvalidNetwork, type Network, parseNetwork, requireNetwork } from '../../net/network'
import { networksBetween } from '../../net/range'
import { quote } from '../../net/refusal'

/** What one entry of a list asks for. */
export interface Entry {
  network: Network
  /** Why, when the list says so. */
  reason: string | null
  /** When it ends, in milliseconds since 1970; null when it does not by itself. */
  expiresAt: number | null
}

/** An entry that is understood and does not ask for a block; `message` is a sentence. */
export class Skipped extends Error {
  override name = 'Skipped'
}

/** What a list tells of an entry in columns or members, as texts; only the address is needed. */
export interface Told {
  /** Address, network or range, also as `Ip:192.0.2.7`. */
  value: string
  scope?: string | undefined
  /** `ban`, or what else is to be done about it. */
  type?: string | undefined
  reason?: string | undefined
  /** From now on, as Go writes it: `3h59m2.5s`. */
  duration?: string | undefined
  /** ISO 8601. */
  until?: string | undefined
  simulated?: string | undefined
}

const UNITS: Record<string, number> = {
  ns: 1e-6,
  us: 1e-3,
  µs: 1e-3,
  ms: 1,
  s: 1_000,
  m: 60_000,
  h: 3_600_000,
  d: 86_400_000,
  w: 604_800_000,
}
const DURATION = /^-?(?:\d+(?:\.\d+)?(?:ns|us|µs|ms|s|m|h|d|w))+$/

/**
 * The entries of what a list tells; several for a range. Throws `Skipped` for what is no ban of an
 * address now, and `InvalidAddress` or `InvalidNetwork`, with a sentence, for what is wrong.
 */
export function entriesOf(told: Told, now = Date.now()): Entry[] {
  const { scope, value } = splitScope(told)
  if (scope !== undefined && !/^(ip|range)$/i.test(scope)) {
    throw new Skipped(
      `${quote(value)} is of the scope ${quote(scope)}, and only addresses are blocked`,
    )
  }
  if (told.type && told.type.toLowerCase() !== 'ban') {
    throw new Skipped(`${quote(value)} asks for ${quote(told.type)}, not for a ban`)
  }
  if (told.simulated?.toLowerCase() === 'true')
    throw new Skipped(`${quote(value)} is only simulated`)

  const expiresAt = endOf(told, now)
  if (expiresAt !== null && expiresAt <= now) throw new Skipped(`${quote(value)} has ended`)
  return networksOf(value).map((network) => ({ network, reason: told.reason || null, expiresAt }))
}

/** The networks of an address, a network or a range `a-b`; throws with a sentence for other texts. */
export function networksOf(text: string): Network[] {
  const dash = text.indexOf('-')
  if (dash < 0) return [requireNetwork(text)]

  const ends = [text.slice(0, dash), text.slice(dash + 1)].map((end) => requireAddress(end.trim()))
  const networks = networksBetween(...(ends as [Address, Address]))
  if (networks) return networks
  throw new InvalidNetwork(`${quote(text)} is not a range: it ends before it begins.`)
}

/** `cscli decisions list -o raw` writes the scope in front of the value. */
function splitScope({ scope, value }: Told): { scope: string | undefined; value: string } {
  const [, before, rest] = /^([a-z][\w-]*):(.+)$/i.exec(value) ?? []
  const isPlain = before === undefined || parseNetwork(value) !== undefined || parseAddress(value)
  return isPlain ? { scope: scope || undefined, value } : { scope: before, value: rest! }
}

function endOf({ duration, until }: Told, now: number): number | null {
  if (duration) {
    if (!DURATION.test(duration)) {
      throw new InvalidNetwork(`${quote(duration)} is not a duration such as 4h or 3h59m2s.`)
    }
    let ms = 0
    for (const [, digits, unit] of duration.matchAll(/(\d+(?:\.\d+)?)([a-zµ]+)/g)) {
      ms += Number(digits) * UNITS[unit!]!
    }
    return storable(now + (duration.startsWith('-') ? -ms : ms))
  }
  if (!until) return null
  const end = Date.parse(until)
  if (Number.isNaN(end)) throw new InvalidNetwork(`${quote(until)} is not a time.`)
  return storable(end)
}

/** A century from now is as good as no end, and what Postgres can store ends, too. */
function storable(end: number): number | null {
  return end > Date.now() + 100 * 365 * 86_400_000 ? null : Math.round(end)
}
