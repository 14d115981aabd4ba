import { InvalidNetwork } from '../../net/network'
import { type Entry, entriesOf, type Told } from './entry'

/** The member that names the address, in the words of the lists that we know. */
const VALUE = ['value', 'cidr', 'ipAddress', 'ip', 'network', 'range', 'address']

/** Members that hold entries: of CrowdSec's alerts and decision streams, and of our own export. */
const HOLDERS = ['decisions', 'items', 'new']

/** The items of a piece of JSON, each of which may name an address. */
export function itemsOf(text: string): unknown[] {
  const value = parse(text)
  return flatten(value)
}

/** How many entries the whole list has, when the item is the metadata of Spamhaus' DROP. */
export function recordsOf(item: unknown): number | undefined {
  const { type, records } = (item ?? {}) as Record<string, unknown>
  return type === 'metadata' ? Number(records) || 0 : undefined
}

/**
 * The entries of one item: a line of Spamhaus' DROP, a decision of CrowdSec, an item of our own
 * export, or a text. Throws as `entriesOf` does.
 */
export function readItem(item: unknown, now?: number): Entry[] {
  if (typeof item === 'string') return entriesOf({ value: item }, now)
  if (typeof item !== 'object' || item === null) {
    throw new InvalidNetwork('This JSON is neither an entry nor a list of them.')
  }
  return entriesOf(toldBy(item as Record<string, unknown>), now)
}

function flatten(value: unknown): unknown[] {
  if (Array.isArray(value)) return value.flatMap(flatten)
  if (typeof value !== 'object' || value === null) return [value]
  const holder = HOLDERS.find((name) => name in value)
  // An alert without decisions has null.
  return holder === undefined ? [value] : flatten(Reflect.get(value, holder) ?? [])
}

function toldBy(item: Record<string, unknown>): Told {
  const text = (...names: string[]) => {
    const found = names.map((name) => item[name]).find((value) => value != null)
    return found === undefined ? undefined : String(found)
  }
  const value = text(...VALUE)
  if (value === undefined) {
    throw new InvalidNetwork('This JSON names no address: no "value", no "cidr", no "ipAddress".')
  }
  return {
    value,
    scope: text('scope'),
    type: text('type'),
    reason: text('scenario', 'reason'),
    duration: text('duration'),
    until: text('until', 'expiresAt'),
    simulated: text('simulated'),
  }
}

function parse(text: string): unknown {
  try {
    return JSON.parse(text)
  } catch {
    throw new InvalidNetwork('This begins like JSON and is none.')
  }
}
