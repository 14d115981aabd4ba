import type { Tally } from '../hour/tally'
import { type Background, seesOnlyLogin } from './background'
import { clientKind } from './kin'
import { evidence, halfEvidence, type LogOdds, shareProbability } from './odds'

/** Of attempts to log in, the share that fails: of lists of stolen passwords, and of people. */
const FAILING = { ours: 0.95, oursSameness: 10, usual: 0.12, usualSameness: 4 }
/** Probability of one more attempt after each. */
const AGAIN = 0.9
/** Share of addresses that see nothing but the login. */
const NOTHING_ELSE = 0.9
const WITHOUT_ASSETS = 0.97
const WITHOUT_REFERER = 0.95
/** Clients that load no parts, as long as nothing worse is known: many of a campaign must not make each other usual. */
const USUALLY_WITHOUT_ASSETS = 0.3
/** On a site without parts of pages their lack says nothing, and it never says all. */
const LEAST_WITHOUT_ASSETS = 0.1
const MOST_REPEATED: LogOdds = 6
/** A login that says no to fewer than this says it otherwise. */
const FAILURES_TOLD = 0.1

/**
 * Odds that an address tries passwords together with others, a few each; undefined when it does
 * not log in, or neither fails nor repeats it. A login may answer failures with 200 or 302: then
 * repeating tells, if people log in there as well, or somebody who claims to be one does nothing else.
 * How often programs fetch their tokens, nobody can tell from one hour.
 */
export function stuffingOdds(tally: Tally, background: Background): LogOdds | undefined {
  const { authAttempts: attempts, authFailures: failures, assets } = tally
  if (attempts === 0) return undefined
  const isBlind = isBlindTry(tally, background)
  const isForPeople =
    background.isRead(tally.served) || (isBlind && clientKind(tally) === 'browser')
  if (failures < FAILURES_TOLD * attempts && !isForPeople) return undefined
  const isTold = background.tellsFailures && !isBlind
  const failing = isTold ? failingOdds(failures, attempts) : 0
  const trying = failing + repetition(attempts, background.again)
  if (trying <= 0 && !isBlind) return undefined

  const shareWithout = background.withoutAssetsAtLogin(tally)
  const withoutAssets = Math.max(
    LEAST_WITHOUT_ASSETS,
    isBlind ? Math.min(USUALLY_WITHOUT_ASSETS, shareWithout) : shareWithout,
  )
  return (
    trying +
    (seesOnlyLogin(tally)
      ? evidence(NOTHING_ELSE, background.onlyLogin)
      : evidence(1 - NOTHING_ELSE, 1 - background.onlyLogin)) +
    (assets === 0
      ? evidence(WITHOUT_ASSETS, withoutAssets)
      : evidence(1 - WITHOUT_ASSETS, 1 - Math.min(0.9, withoutAssets))) +
    // Browsers name the page that a form is on, as far as they are let.
    (background.comesFromNowhere(tally)
      ? halfEvidence(WITHOUT_REFERER, background.withoutRefererAtLogin(tally))
      : 0)
  )
}

/**
 * Where the login answers failures like successes: whether somebody tries again, and neither gets
 * on to anything else nor has loaded the page that the form is on. Of a door that is known for it
 * (`xmlrpc.php`) and that nobody uses who uses the site, one try is enough, but of nothing else: whoever
 * signs in goes on.
 */
function isBlindTry(tally: Tally, background: Background): boolean {
  if (tally.assets > 0 || !seesOnlyLogin(tally)) return false
  if (!background.tellsFailures && tally.authAttempts > 1) return true
  if (tally.served.length > 1 || background.isRead(tally.served)) return false
  const isKnownDoor = tally.signatures.some(({ name }) => !background.isOwnFault(name, tally))
  return isKnownDoor && tally.authFailures === 0
}

function failingOdds(failures: number, attempts: number): LogOdds {
  return halfEvidence(
    shareProbability(failures, attempts, FAILING.ours, FAILING.oursSameness),
    shareProbability(failures, attempts, FAILING.usual, FAILING.usualSameness),
  )
}

/** People log in once or twice; how often a machine tries, nobody knows. */
function repetition(attempts: number, usual: number): LogOdds {
  const of = (again: number) => (1 - again) * again ** Math.min(attempts - 1, 30)
  return Math.min(MOST_REPEATED, halfEvidence(of(AGAIN), of(usual)))
}
