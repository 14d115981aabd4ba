import { computed } from '@preact/signals'
import { linkWith, route } from './route'
import { countryName } from './text'

/** The ranges that one can pick, in hours. */
export const RANGES: Record<string, { label: string; hours: number }> = {
  '1h': { label: '1 hour', hours: 1 },
  '24h': { label: '24 hours', hours: 24 },
  '7d': { label: '7 days', hours: 168 },
  '30d': { label: '30 days', hours: 720 },
}

/** What a view can be narrowed to, as it is named to people. */
const FILTERS: Record<string, (value: string) => string> = {
  country: (value) => (value === '-' ? 'country unknown' : countryName(value)),
  asn: (value) => (value === '-' ? 'network operator unknown' : `AS${value}`),
  ip: (value) => value,
  path: (value) => `path ${value}`,
  agent: (value) => (value ? `agent ${value}` : 'no agent'),
  outcome: (value) => value,
}

/** What can be left out. */
export const WITHOUT: Record<string, string> = { bots: 'known bots', own: 'allowed networks' }

export type Query = Record<string, string | undefined>

/** The span and filters that the address names, as the API takes them. */
export const query = computed<Query>(() => {
  const { parameters } = route.value
  const given: Query = {}
  for (const name of [...Object.keys(FILTERS), 'without']) {
    if (parameters.has(name)) given[name] = parameters.get(name)!
  }
  return given
})

/** The span asked for; one that ends now is worked out anew each time. */
export function span(): { from: string; to: string } {
  const { parameters } = route.value
  const [from, to] = [parameters.get('from'), parameters.get('to')]
  if (from && to) return { from, to }
  const now = Date.now()
  const { hours } = RANGES[rangeName()]!
  return { from: new Date(now - hours * 3_600_000).toISOString(), to: new Date(now).toISOString() }
}

/** The name of the range that is picked; `24h` unless another is. */
export function rangeName(): string {
  const name = route.value.parameters.get('range') ?? ''
  return RANGES[name] ? name : '24h'
}

/** Whether the span has an end of its own, and is not always the latest. */
export function isFixed(): boolean {
  return route.value.parameters.has('from')
}

/** The filters in force, each with the link that takes it away. */
export function chips(): { text: string; link: string }[] {
  return Object.entries(FILTERS)
    .filter(([name]) => query.value[name] !== undefined)
    .map(([name, tell]) => {
      return { text: tell(query.value[name]!), link: linkWith({ [name]: undefined }) }
    })
}

export function leavesOut(what: string): boolean {
  return (query.value.without ?? '').split(',').includes(what)
}

/** The link that leaves something out, or takes it in again. */
export function linkToLeaveOut(what: string): string {
  const now = (query.value.without ?? '').split(',').filter(Boolean)
  const next = now.includes(what) ? now.filter((name) => name !== what) : [...now, what]
  return linkWith({ without: next.join(',') || undefined })
}
