import type { Reason } from '../../../models/suspicious-ip'
import { SIGNATURES } from '../../signatures/pack'
import type { Family, Signature } from '../../signatures/signature'
import type { SignatureHits, Tally } from '../hour/tally'
import { reason, times } from './reason'

/**
 * How far one match is believed: of what was sent to do harm, and of what was looked for, by whether
 * it was there. A page that is served may be the site's own, for whoever asks.
 */
const BELIEF = {
  sent: { high: 0.9, medium: 0.6, low: 0.25 },
  missed: { high: 0.9, medium: 0.7, low: 0.5 },
  served: { high: 0.7, medium: 0.35, low: 0.15 },
}
const MOST_EXAMPLES = 3
const LONGEST_EXAMPLE = 60

const KNOWN = new Map(SIGNATURES.map((signature) => [signature.name, signature]))

/** Looking for what is not there; an answer says that it is there, and perhaps for everybody. */
const LOOKING = new Set<Family>(['secrets', 'backups', 'panels', 'cms', 'shells', 'enumeration'])

interface Match extends SignatureHits {
  signature: Signature
  weight: number
}

/** A reason for each family of signatures that requests of this address match. */
export function judgeSignatures({ signatures }: Tally): Reason[] {
  const families = new Map<Family, Match[]>()
  for (const hits of signatures) {
    const signature = KNOWN.get(hits.name)
    if (!signature) continue
    const match = { ...hits, signature, weight: weigh(signature, hits) }
    families.set(signature.family, [...(families.get(signature.family) ?? []), match])
  }
  return [...families.values()].flatMap((matches) => {
    matches.sort((a, b) => b.weight - a.weight || b.requests - a.requests)
    const weight = 1 - matches.reduce((rest, match) => rest * (1 - match.weight), 1)
    return reason(weight, sentence(matches))
  })
}

/**
 * Repetition convinces further, each request by less than the one before. What is served again and
 * again is only the more the site's own.
 */
function weigh({ family, severity }: Signature, { requests, missed }: SignatureHits): number {
  if (!LOOKING.has(family)) return 1 - (1 - BELIEF.sent[severity]) / Math.sqrt(requests)
  if (missed === 0) return BELIEF.served[severity]
  return 1 - (1 - BELIEF.missed[severity]) / Math.sqrt(missed)
}

function sentence(matches: readonly Match[]): string {
  const requests = sum(matches, (match) => match.requests)
  const missed = sum(matches, (match) => match.missed)
  const [{ signature }] = matches as [Match]
  const others = matches.length > 1 ? ` and ${matches.length - 1} more of the kind` : ''
  const examples = matches
    .map(({ example }) => example)
    .filter((example) => example !== '')
    .slice(0, MOST_EXAMPLES)
    .map(shorten)
  const such = examples.length > 0 ? ` (${examples.join(', ')})` : ''
  if (signature.family === 'scanners') {
    return `${times(requests)} from a scanner: ${signature.title}${others}${such}`
  }
  const answer = missed > 0 ? `; ${missed} of them not found or refused` : ''
  return `asked ${times(requests)} for ${signature.title}${others}${such}${answer}`
}

function shorten(example: string): string {
  return example.length > LONGEST_EXAMPLE ? `${example.slice(0, LONGEST_EXAMPLE)}…` : example
}

function sum<Item>(items: readonly Item[], count: (item: Item) => number): number {
  return items.reduce((total, item) => total + count(item), 0)
}
