import type { Reason } from '../../../models/suspicious-ip'
import { SIGNATURES } from '../../signatures/pack'
import type { Family } from '../../signatures/signature'
import type { Tally } from '../hour/tally'
import { times } from '../rules/reason'
import type { Background } from './background'
import type { Campaign, CampaignKind } from './campaign'
import { timesEach } from './template-use'

/** A signature family is named when at least this share of the members sent something of it. */
const NAMED_SHARE = 0.1
const MOST_FAMILIES = 3
/** A hunt is severe when it is this large, or when half of it sent known attacks. */
const LARGE = 50
/** One that sends so many times the mean makes it nobody's number. */
const MUCH_MORE = 3
const HALF = 0.5
const WEIGHTS = [0.95, 0.6, 0.4]

/** What a hunt that sends such requests is after. */
const HUNTED: Record<Family, string> = {
  secrets: 'secrets',
  backups: 'backups',
  panels: 'panels of administrators',
  cms: 'weak spots of a CMS',
  exploits: 'known holes',
  traversal: 'a way out of its folders',
  injection: 'a way to inject commands',
  shells: 'web shells',
  enumeration: 'what the site is made of',
  scanners: 'whatever a scanner finds',
}

type Description = Pick<Campaign, 'title' | 'requests' | 'severity' | 'reasons'>

/** What a campaign is after, for people, and what makes it one: what was seen beside what is usual. */
export function describe(
  kind: CampaignKind,
  members: readonly Tally[],
  all: readonly Tally[],
  background: Background,
  networks: number,
): Description {
  const requests = sum(members, (tally) => tally.requests)
  const who = `${members.length} addresses in ${count(networks, 'network')}, ${requestsEach(members)} each`
  const families = familiesOf(members)
  const after = {
    hunt: families.length > 0 ? `a hunt for ${listed(families)}` : 'a hunt for what is not there',
    stuffing: 'passwords tried at the login',
    flood: 'the same few pages again and again',
    scraping: 'many pages read by machines',
    rotation: 'one client that changes its address',
  }[kind]
  const title = `${who}: ${after}`
  const texts = [title, ...observations[kind](members, all, background), ...inCommon(members, all)]
  return {
    title,
    requests,
    severity: severityOf(kind, members),
    reasons: texts.map((text, i) => ({
      text,
      kind: 'campaign',
      weight: WEIGHTS[Math.min(i, WEIGHTS.length - 1)]!,
    })) satisfies Reason[],
  }
}

/** `1.8 requests`, or `2 to 303 requests`. */
function requestsEach(members: readonly Tally[]): string {
  let least = Number.POSITIVE_INFINITY
  let most = 0
  for (const { requests } of members) {
    least = Math.min(least, requests)
    most = Math.max(most, requests)
  }
  const mean = sum(members, ({ requests }) => requests) / members.length
  if (most > MUCH_MORE * mean) return `${least} to ${most} requests`
  return count(decimal(mean), 'request')
}

const observations: Record<
  CampaignKind,
  (members: readonly Tally[], all: readonly Tally[], background: Background) => string[]
> = {
  hunt(members, _all, { strange }) {
    const missed = sum(members, (tally) => tally.missed.length)
    const seen = missed + sum(members, (tally) => tally.served.length)
    const templates = new Set(members.flatMap((tally) => [...tally.missed])).size
    const usual = `${percent(strange)} of the usual clients look for such things`
    return [
      `${percent(missed / seen)} of what they asked for is not there, ${count(templates, 'different path')}; ${usual}`,
    ]
  },
  stuffing(members, all) {
    const attempts = sum(members, (tally) => tally.authAttempts)
    const failures = sum(members, (tally) => tally.authFailures)
    const own = new Set(members)
    const others = all.filter((tally) => tally.authAttempts > 0 && !own.has(tally))
    const tries = others.map(({ authAttempts }) => authAttempts).sort((a, b) => a - b)
    // The median: one that guesses alone, beside the campaign, would make everybody try often.
    const usual = tries[tries.length >> 1]
    const failed = failures > 0 ? `, ${percent(failures / attempts)} failed` : ''
    const beside =
      usual === undefined ? 'nobody else here tries' : `others here try ${times(usual)}`
    return [
      `${count(attempts, 'attempt')} to log in, ${decimal(attempts / members.length)} each${failed}; ${beside}`,
    ]
  },
  flood(members, _all, background) {
    // No list of arguments: there may be 100,000 members.
    const usual = members.reduce(
      (most, { served }) => Math.max(most, background.repeats(served) ?? 1),
      1,
    )
    const each = sum(members, timesEach) / members.length
    return [
      `each asks for the same page ${decimal(each)} times in the hour; nine in ten who read it ask ${usual === 1 ? 'once' : `at most ${usual} times`}`,
    ]
  },
  scraping(members, _all, background) {
    const paths = sum(members, (tally) => tally.paths) / members.length
    return [
      `${decimal(paths)} different pages each, no part of a page loaded, no link followed; so do ${percent(background.bare)} of those who read many pages`,
    ]
  },
  rotation(members, all) {
    const own = new Set(members)
    const others = all.filter((tally) => !own.has(tally))
    const usual = others.filter(({ assets }) => assets > 0).length / Math.max(1, others.length)
    return [
      `of its network hardly anybody loads a part of a page or follows a link; of the others here ${percent(usual)} load some`,
    ]
  },
}

/** What the members have in common that few others have. */
function inCommon(members: readonly Tally[], all: readonly Tally[]): string[] {
  const texts: string[] = []
  const agents = mostCommon(members.map(({ agent }) => agent))
  if (agents && agents.count >= members.length * HALF) {
    const here = agents.count / members.length
    const others = all.length - members.length
    const sharing = all.filter(({ agent }) => agent === agents.value).length - agents.count
    if (others > 0 && here > 2 * (sharing / others)) {
      texts.push(
        `${percent(here)} name the same kind of user agent; of the others ${percent(sharing / others)}`,
      )
    }
  }
  const operators = mostCommon(members.map(({ asn }) => asn))
  if (operators && operators.count >= members.length * HALF) {
    texts.push(`${percent(operators.count / members.length)} come from AS${operators.value}`)
  }
  return texts
}

function severityOf(kind: CampaignKind, members: readonly Tally[]): Campaign['severity'] {
  if (kind === 'rotation') return 'low'
  if (kind === 'scraping') return 'medium'
  if (kind !== 'hunt') return 'high'
  const attacking = members.filter(({ signatures }) => signatures.length > 0).length
  return members.length >= LARGE || attacking >= members.length * HALF ? 'high' : 'medium'
}

const FAMILY_OF = new Map(SIGNATURES.map(({ name, family }) => [name, family]))

/** What the signatures that the members' requests match are after, the most frequent first. */
function familiesOf(members: readonly Tally[]): string[] {
  const counts = new Map<Family, number>()
  for (const { signatures } of members) {
    const families = new Set(signatures.map(({ name }) => FAMILY_OF.get(name)))
    for (const family of families) if (family) counts.set(family, (counts.get(family) ?? 0) + 1)
  }
  return [...counts]
    .filter(([, members_]) => members_ >= NAMED_SHARE * members.length)
    .sort(([, a], [, b]) => b - a)
    .slice(0, MOST_FAMILIES)
    .map(([family]) => HUNTED[family])
}

function mostCommon<Value>(
  values: readonly (Value | null)[],
): { value: Value; count: number } | undefined {
  const counts = new Map<Value, number>()
  for (const value of values) if (value !== null) counts.set(value, (counts.get(value) ?? 0) + 1)
  const [most] = [...counts].sort(([, a], [, b]) => b - a)
  return most && { value: most[0], count: most[1] }
}

function sum(tallies: readonly Tally[], value: (tally: Tally) => number): number {
  return tallies.reduce((total, tally) => total + value(tally), 0)
}

function listed(names: readonly string[]): string {
  return names.length < 2 ? names.join('') : `${names.slice(0, -1).join(', ')} and ${names.at(-1)}`
}

function count(number: number | string, noun: string): string {
  return String(number) === '1' ? `1 ${noun}` : `${number} ${noun}s`
}

function decimal(number: number): string {
  return String(number >= 10 ? Math.round(number) : Math.round(number * 10) / 10)
}

function percent(share: number): string {
  return `${Math.round(share * 100)} %`
}
