import type { Reason } from '../../../models/suspicious-ip'
import type { Tally } from '../hour/tally'
import { judgeBehaviour } from './behaviour'
import type { RuleContext } from './context'
import { judgeSeeds } from './seeds'
import { judgeSignatures } from './signatures'

/** What the rules found about one address, by what it is worth. */
export interface RuleFindings {
  /** The two simple rules, which flag busy and signed-in visitors too: always a flag, a low one. */
  seeds: Reason[]
  /** What attackers do and visitors hardly ever. */
  attacks: Reason[]
}

/**
 * What can be said of an address without having learned anything. The weight of a reason is how
 * far it is to be believed alone; each sentence names the numbers it rests on.
 */
export function judgeByRules(tally: Tally, context: RuleContext): RuleFindings {
  return {
    seeds: judgeSeeds(tally, context),
    attacks: [...judgeSignatures(tally, context), ...judgeBehaviour(tally, context)],
  }
}

/** The weights of several reasons together: 1 − (1 − a)(1 − b)… */
export function anyOf(reasons: readonly Reason[]): number {
  return 1 - reasons.reduce((rest, { weight }) => rest * (1 - weight), 1)
}
