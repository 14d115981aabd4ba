import { inSlices } from '../../platform/slices'
import { SIGNATURES } from '../../signatures/pack'
import type { SignatureSeverity } from '../../signatures/signature'
import type { Tally } from '../hour/tally'
import type { Background } from './background'
import { FileKinds } from './file-kinds'
import { clientKind } from './kin'
import { evidence, halfEvidence, type LogOdds, shareProbability } from './odds'

/** Shares among hunters: of what they ask for that is not there, and of those without parts and referers. */
const HUNTER = {
  strange: 0.9,
  strangeSameness: 10,
  withoutAssets: 0.98,
  withoutReferer: 0.95,
}
/** How much usual clients are alike in what they miss: most miss nothing, few miss much. */
const USUAL_SAMENESS = 6
/** Share of the clients of one request who have mistyped it, or were sent to what is gone. */
const LONE_MISS = 0.1
/** What it says against a hunter that parts of pages are loaded, or a link followed. */
const UNLIKE: LogOdds = -2
/** What kinds of attacks are worth, the gravest of them whole, and half of each further one. */
const SIGNATURE: Record<SignatureSeverity, LogOdds> = { low: 3, medium: 4, high: 4 }
const MOST_SIGNATURES: LogOdds = 8
/** What the kinds of files that it asks for may say: more than one kind of attack, less than two. */
const MOST_KINDS: LogOdds = 6

const SEVERITY_OF = new Map(SIGNATURES.map(({ name, severity }) => [name, severity]))

/**
 * What a share of the suspects misses, and many more than what else they miss, is what some program
 * asks for everywhere, and no search …
 */
const COMMON = { share: 0.3, times: 10, least: 4 }
/** … unless an address misses so many such things that no program's one mistake explains it. */
const FEWEST_COMMON = 4
/** Who searches asks once or twice; a program that does not understand asks on and on. */
const MOST_REPEATED = 3

/**
 * Odds that an address takes part in a search for what the site does not have, by address;
 * those that show nothing of it are left out. What is searched for may differ from one to the next.
 */
export async function huntOdds(
  tallies: readonly Tally[],
  background: Background,
): Promise<Map<Tally, LogOdds>> {
  const misses = new Map<Tally, number[]>()
  const sharing = new Map<number, number>()
  await inSlices(tallies, (tally) => {
    if (tally.missed.length === 0) return
    const harmless = clientKind(tally) === 'robot' || tally.requests > MOST_REPEATED * tally.paths
    if (harmless && attackOdds(tally, background) === 0) return
    const strange = [...tally.missed].filter((template) => background.isStrange(template, tally))
    if (strange.length === 0 || strange.length <= tally.served.length / 2) return
    misses.set(tally, strange)
    for (const template of strange) sharing.set(template, (sharing.get(template) ?? 0) + 1)
  })

  const common = commonFrom(sharing, misses.size)
  const hunted = new FileKinds()
  for (const strange of misses.values()) for (const template of strange) hunted.add(template)
  const odds = new Map<Tally, LogOdds>()
  for (const [tally, strange] of misses) {
    const attacks = attackOdds(tally, background)
    const own = strange.filter((template) => sharing.get(template)! < common)
    const isSearch = attacks > 0 || strange.length - own.length >= FEWEST_COMMON
    const searched = isSearch ? strange : own
    const found = Math.min(searched.length, pageMissesOf(tally))
    const kinds = kindOdds(searched, hunted, background)
    if (found > 0) odds.set(tally, oddsOf(tally, found, attacks, kinds, background))
  }
  return odds
}

/** From how many addresses on a miss is common. */
function commonFrom(sharing: ReadonlyMap<number, number>, suspects: number): number {
  let all = 0
  for (const addresses of sharing.values()) all += addresses
  const mean = all / Math.max(1, sharing.size)
  return Math.max(COMMON.least, Math.min(COMMON.share * suspects, COMMON.times * mean))
}

function oddsOf(
  tally: Tally,
  strange: number,
  attacks: LogOdds,
  kinds: LogOdds,
  background: Background,
): LogOdds {
  const templates = strange + tally.served.length
  const ours = shareProbability(strange, templates, HUNTER.strange, HUNTER.strangeSameness)
  const isLone = strange === 1 && templates === 1 && attacks === 0
  const usual = isLone
    ? LONE_MISS
    : shareProbability(strange, templates, background.strange, USUAL_SAMENESS)
  return (
    evidence(ours, usual) +
    // One thing, seen twice: most known attacks are after such kinds.
    (attacks > 0 ? Math.max(attacks, kinds) : kinds) +
    (tally.assets === 0
      ? evidence(HUNTER.withoutAssets, background.withoutAssets(tally))
      : UNLIKE) +
    (background.isWithoutReferer(tally)
      ? halfEvidence(HUNTER.withoutReferer, background.withoutReferer(tally))
      : UNLIKE)
  )
}

/**
 * Whether the kinds of files that it asks for are those that the others search for, or those that
 * people here mistype.
 */
function kindOdds(
  strange: readonly number[],
  hunted: FileKinds,
  { missedKinds }: Background,
): LogOdds {
  const odds = strange.reduce(
    (sum, template) => sum + evidence(hunted.shareOf(template), missedKinds.shareOf(template)),
    0,
  )
  return Math.min(MOST_KINDS, odds)
}

/** What the kinds of attacks that it sent are worth; 0 without any. */
function attackOdds(tally: Tally, background: Background): LogOdds {
  const kinds = tally.signatures
    .filter(({ name }) => !background.isOwnFault(name, tally))
    .map(({ name }) => SIGNATURE[SEVERITY_OF.get(name) ?? 'low'])
  if (kinds.length === 0) return 0
  const gravest = Math.max(...kinds)
  const all = kinds.reduce((sum, worth) => sum + worth, 0)
  return Math.min(MOST_SIGNATURES, gravest + (all - gravest) / 2)
}

/** Answers that say that something is not there, or not for everybody; parts of pages aside. */
function pageMissesOf(tally: Tally): number {
  const { pagesNotFound, denied, otherClientErrors, serverErrors, authFailures } = tally
  return pagesNotFound + denied + otherClientErrors + serverErrors - authFailures
}
