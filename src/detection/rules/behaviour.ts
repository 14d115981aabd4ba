import type { Reason } from '../../../models/suspicious-ip'
import type { Tally } from '../hour/tally'
import type { RuleContext } from './context'
import { reason, repeated, several, someOf } from './reason'

/** Fewer parts of pages than this share of its pages: whoever it is, it shows nothing to a person. */
const BARE_SHARE = 0.02
/** Somebody who forgot a password signs in a few times, and does other things as well. */
const SIGN_IN_SHARE = 0.3
/** From this share on, whoever does something does little else. */
const MOST_OF = 0.8

/**
 * How often something must be repeated before it says anything (`repeated`): half of the belief at
 * twice the number. Visitors of the labelled hours stay below them (`bench/detection.ts`).
 */
const DOUBT = {
  signIns: { bare: 2, other: 8 },
  misses: { different: 2.5, alike: 10 },
  neighbours: 5,
  bare: 25,
  read: 40,
  forms: 1.5,
  refusedForms: 6,
  refusals: 60,
  counted: 25,
  burst: 120,
}
/** A rhythm as even as this is that of a program on a clock: the deviation of its gaps by their mean. */
const CLOCKWORK = 0.2
/** How far going from number to number is held against a browser. */
const MOST_FOR_WALKING = 0.8
/** Libraries read many pages for good reasons too, and apps and partners do through an API. */
const MOST_FOR_TOOLS = { reading: 0.4, counting: 0.6 }

const OTHER_METHOD = 1 << 7

/**
 * What attackers do again and again, told from what visitors do now and then. Crawlers that say who
 * they are may crawl: much reading, and asking for pages that are gone, is no evidence against them.
 */
export function judgeBehaviour(tally: Tally, context: RuleContext): Reason[] {
  const rules = isNamedRobot(tally) ? ATTACKING : [...ATTACKING, ...CRAWLING]
  return rules.flatMap((rule) => rule(tally, context))
}

type Rule = (tally: Tally, context: RuleContext) => Reason[]

const ATTACKING: readonly Rule[] = [guessing, sending, speaking]
const CRAWLING: readonly Rule[] = [searching, knocking, counting, walking, reading, flooding]

/** Guessing names, passwords and codes, fast or slow, however the site answers. */
function guessing(tally: Tally): Reason[] {
  const { authAttempts, authFailures, pageRequests } = tally
  if (authAttempts < SIGN_IN_SHARE * pageRequests) return []
  const doubt = isBare(tally) && !gotIn(tally) ? DOUBT.signIns.bare : DOUBT.signIns.other
  const refused = authFailures > 0 ? `, ${someOf(authFailures, authAttempts)} refused` : ''
  const rest =
    authAttempts >= MOST_OF * pageRequests
      ? 'and did little else'
      : `among ${several(pageRequests, 'request')} that are not for parts of pages`
  return reason(
    repeated(authAttempts, doubt),
    `tried names or passwords ${several(authAttempts, 'time')}${refused}, ${rest}`,
  )
}

/** Looking for what is not there. What many clients miss is the site's own fault. */
function searching(tally: Tally): Reason[] {
  const { pagesNotFound, ownFaultMisses, pageRequests, missed } = tally
  const misses = pagesNotFound - ownFaultMisses
  if (misses < 0.5 * pageRequests) return []
  const doubt = missed.length > 1 ? DOUBT.misses.different : DOUBT.misses.alike
  return reason(
    repeated(misses, doubt),
    misses === pageRequests
      ? `none of the ${several(misses, 'page')} it asked for exists`
      : `${misses} of the ${several(pageRequests, 'page')} it asked for do not exist`,
  )
}

/** One number after the other, many of which are refused or do not exist. */
function counting({ sequentialIds, requests, denied, pagesNotFound }: Tally): Reason[] {
  const failed = denied + pagesNotFound
  if (failed < 0.2 * requests) return []
  return reason(
    repeated(sequentialIds, DOUBT.neighbours),
    `counted through numbers in addresses ${several(sequentialIds, 'time')}; ${failed} answers were refusals or "not found"`,
  )
}

/**
 * Trying keys: refused (401, 403) on and on, and hardly ever let in. A program whose key has expired
 * is refused as often, but by the clock.
 */
function knocking({
  denied,
  authAttempts,
  requests,
  served,
  gapMean,
  gapDeviation,
}: Tally): Reason[] {
  const refusals = denied - authAttempts
  if (refusals < MOST_OF * requests || served.length > 1) return []
  if (gapDeviation < CLOCKWORK * gapMean) return []
  return reason(
    repeated(refusals, DOUBT.refusals),
    `was refused ${refusals} of ${several(requests, 'time')} (401, 403), and went on`,
  )
}

/** Going from number to number where there are no parts of pages to be missed. */
function walking(tally: Tally, { servesAssets, namesReferers }: RuleContext): Reason[] {
  const { pageRequests, sequentialIds, withoutReferer } = tally
  if (servesAssets || !namesReferers || !isBare(tally)) return []
  const pages = Math.min(browserPages(tally), withoutReferer)
  if (pages < MOST_OF * pageRequests || sequentialIds < 0.5 * pageRequests) return []
  return reason(
    MOST_FOR_WALKING * repeated(sequentialIds, DOUBT.counted),
    `says it is a browser, but went from number to number ${several(sequentialIds, 'time')}, and came from nowhere`,
  )
}

/** Reading page after page like no browser: without styles, scripts and images. */
function reading(tally: Tally, { servesAssets, namesReferers }: RuleContext): Reason[] {
  if (!servesAssets || !isBare(tally)) return []
  // Pages that only a query tells apart show in the numbers they are asked for by.
  const read = Math.max(tally.paths, tally.sequentialIds)
  const browsers = browserPages(tally)
  if (browsers >= 0.5 * tally.pageRequests) {
    const pages = Math.min(browsers, tally.withoutReferer)
    if (!namesReferers || pages < 0.5 * tally.pageRequests) return []
    // Who asks for the same page over and over waits for news, or floods: that is no reading.
    return reason(
      repeated(Math.min(pages, read), DOUBT.bare),
      `says it is a browser, but loaded ${tally.assets === 0 ? 'nothing' : 'almost nothing'} of what belongs to the ${several(tally.pageRequests, 'page')} it asked for, and came from nowhere`,
    )
  }
  const isCounting = tally.sequentialIds >= 0.5 * tally.requests
  return reason(
    (isCounting ? MOST_FOR_TOOLS.counting : MOST_FOR_TOOLS.reading) * repeated(read, DOUBT.read),
    `a program read ${read} different pages${isCounting ? ', one number after the other' : ''}`,
  )
}

/** Forms: as spam or as tries, whichever is clearer. */
function sending(tally: Tally, context: RuleContext): Reason[] {
  const found = [...trying(tally), ...posting(tally, context)]
  return found.sort((a, b) => b.weight - a.weight).slice(0, 1)
}

/** Sending forms again and again, and nothing of what belongs to their pages. */
function posting(tally: Tally, { servesAssets, namesReferers }: RuleContext): Reason[] {
  const forms = tally.writes - tally.authAttempts
  if (!servesAssets || !namesReferers || !isBare(tally) || forms < 0.25 * tally.requests) return []
  if (Math.min(browserPages(tally), tally.withoutReferer) < 0.3 * tally.pageRequests) return []
  return reason(
    repeated(forms, DOUBT.forms),
    `sent ${several(forms, 'form')} in ${tally.requests} requests, and loaded nothing of their pages`,
  )
}

/**
 * Trying numbers of cards, vouchers or codes in a form that says no to nearly all: 402, 409, 422 and
 * the like. Answers 401 and 403 also meet honest programs whose key has expired.
 */
function trying(tally: Tally): Reason[] {
  const { writes, authAttempts, authFailures, otherClientErrors, pageRequests } = tally
  const forms = writes - authAttempts
  const refused = Math.min(forms, otherClientErrors - authFailures)
  if (!isBare(tally) || forms < MOST_OF * pageRequests || refused < 0.5 * forms) return []
  if (browserPages(tally) < MOST_OF * pageRequests) return []
  return reason(
    repeated(refused, DOUBT.refusedForms),
    `sent ${several(forms, 'form')}, ${someOf(refused, forms)} refused, and did little else`,
  )
}

function flooding({ busiestMinute }: Tally): Reason[] {
  return reason(repeated(busiestMinute, DOUBT.burst), `${busiestMinute} requests within one minute`)
}

/**
 * Whether a program was never refused and went on to something else each time, as one does that
 * fetches a token and works with it. Robots that say who they are sign in for their owners.
 */
function gotIn(tally: Tally): boolean {
  const { authAttempts, authFailures, pageRequests, served } = tally
  if (isNamedRobot(tally)) return authFailures === 0
  return authFailures === 0 && served.length > 1 && pageRequests >= 2 * authAttempts
}

/** Methods that the site refuses, and what is no HTTP at all. */
function speaking(tally: Tally): Reason[] {
  const failed = tally.denied + tally.notFound + tally.otherClientErrors + tally.serverErrors
  const isUnusual = (tally.methods & OTHER_METHOD) !== 0 && failed > 0
  return reason(isUnusual ? 0.6 : 0, 'used methods that browsers do not use, or no HTTP at all')
}

function isBare({ assets, pageRequests }: Tally): boolean {
  return assets < BARE_SHARE * pageRequests
}

/** Pages asked for by agents that say they are browsers. Most tools count among the robots as well. */
function browserPages({
  pageRequests,
  robotRequests,
  namelessRequests,
  toolRequests,
}: Tally): number {
  const others = Math.max(toolRequests, robotRequests + namelessRequests)
  return Math.max(0, pageRequests - others)
}

/** Whether all of its requests come from an agent that says which robot it is. */
export function isNamedRobot({ requests, robotRequests, toolRequests, namelessRequests }: Tally) {
  return robotRequests === requests && toolRequests === 0 && namelessRequests === 0
}
