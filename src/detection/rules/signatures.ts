import type { Reason } from '../../../models/suspicious-ip'
import { differentTargets } from '../../request-log/signature-hits'
import { SIGNATURES } from '../../signatures/pack'
import type { Family, Signature } from '../../signatures/signature'
import type { SignatureHits, Tally } from '../hour/tally'
import { isNamedRobot } from './behaviour'
import type { RuleContext } from './context'
import { reason, several, times } from './reason'

/**
 * How far one match is believed: of what was sent to do harm, and of what was looked for, by whether
 * it was there. A page that is served may be the site's own, for whoever asks.
 */
const BELIEF = {
  sent: { high: 0.9, medium: 0.6, low: 0.25 },
  missed: { high: 0.9, medium: 0.7, low: 0.5 },
  served: { high: 0.7, medium: 0.35, low: 0.15 },
  /** By a crawler that says who it is: it follows links to what people have left lying about. */
  followed: { high: 0.9, medium: 0.35, low: 0.15 },
  /** To somebody who uses the site, and what of it is only for some. */
  used: { high: 0.7, medium: 0.15, low: 0.05 },
}
/** Parts that a browser loads of each page, where nothing else tells that it is one. */
const LEAST_PARTS = 0.25
const MOST_EXAMPLES = 3
/** Of longer ones the beginning and, which tells more, the end. */
const LONGEST_EXAMPLE = 60
const BEGINNING = 20

const KNOWN = new Map(SIGNATURES.map((signature) => [signature.name, signature]))

/** Looking for what is not there; an answer says that it is there, and perhaps for everybody. */
const LOOKING = new Set<Family>(['secrets', 'backups', 'panels', 'cms', 'shells', 'enumeration'])

type Belief = Record<'missed' | 'served', Record<Signature['severity'], number>>

interface Match extends SignatureHits {
  signature: Signature
  weight: number
}

/** A reason for each family of signatures that requests of this address match. */
export function judgeSignatures(tally: Tally, context: RuleContext): Reason[] {
  const belief: Belief = {
    missed: isNamedRobot(tally) ? BELIEF.followed : BELIEF.missed,
    served: usesTheSite(tally, context) ? BELIEF.used : BELIEF.served,
  }
  const families = new Map<Family, Match[]>()
  for (const hits of tally.signatures) {
    const signature = KNOWN.get(hits.name)
    if (!signature) continue
    const match = { ...hits, signature, weight: weigh(signature, hits, belief) }
    families.set(signature.family, [...(families.get(signature.family) ?? []), match])
  }
  return [...families.values()].flatMap((matches) => {
    matches.sort((a, b) => b.weight - a.weight || b.requests - a.requests)
    const weight = 1 - matches.reduce((rest, match) => rest * (1 - match.weight), 1)
    return reason(weight, sentence(matches))
  })
}

/**
 * Whether it goes from page to page, loads what belongs to them, and gets most of it: as staff do.
 * Where browsers name no page they come from, it must load the more.
 */
function usesTheSite(
  { assets, withoutReferer, pageRequests, served, missed }: Tally,
  { namesReferers }: RuleContext,
): boolean {
  const loads = assets > (namesReferers ? 0 : LEAST_PARTS * pageRequests)
  const walks = !namesReferers || withoutReferer < 0.5 * pageRequests
  return loads && walks && served.length > missed.length
}

/**
 * Repetition convinces further, each request by less than the one before. What is served again and
 * again is only the more the site's own.
 */
function weigh(
  { family, severity, onlySeveral }: Signature,
  hits: SignatureHits,
  belief: Belief,
): number {
  const { requests, missed } = hits
  if (!LOOKING.has(family)) return 1 - (1 - BELIEF.sent[severity]) / Math.sqrt(requests)
  if (missed === 0 || (onlySeveral && differentTargets(hits) === 1)) return belief.served[severity]
  return 1 - (1 - belief.missed[severity]) / Math.sqrt(missed)
}

/**
 * The numbers are those of the signature that weighs most: one request may match several, so that
 * theirs cannot be added up.
 */
function sentence(matches: readonly Match[]): string {
  const [{ signature, requests, missed }] = matches as [Match]
  const others = matches.length > 1 ? `, and for ${matches.length - 1} more of the kind` : ''
  const examples = new Set(
    matches.map(({ example }) => example).filter((example) => example !== ''),
  )
  const shown = [...examples].slice(0, MOST_EXAMPLES).map(shorten)
  const such = shown.length > 0 ? ` (${shown.join(', ')})` : ''
  if (signature.family === 'scanners') {
    const more = matches.length > 1 ? ` and ${matches.length - 1} more` : ''
    return `${several(requests, 'request')} of a scanner: ${signature.title}${more}${such}`
  }
  const done = LOOKING.has(signature.family)
    ? `asked ${times(requests)} for`
    : `tried ${times(requests)}`
  return `${done} ${signature.title}${answered(requests, missed)}${others}${such}`
}

function answered(requests: number, missed: number): string {
  if (missed === 0) return ''
  if (missed < requests) return `, ${missed} of them not found or refused`
  return missed === 1 ? ', not found or refused' : ', all not found or refused'
}

function shorten(example: string): string {
  if (example.length <= LONGEST_EXAMPLE) return example
  return `${example.slice(0, BEGINNING)}…${example.slice(BEGINNING - LONGEST_EXAMPLE)}`
}
