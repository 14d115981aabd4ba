import type { Reason } from '../../../models/suspicious-ip'
import type { Tally } from '../hour/tally'
import type { RuleContext } from './context'
import { times } from './reason'

/** Low severity, unless other evidence joins: both rules also hit honest visitors. */
const WEIGHT = 0.25

/** More requests than the limit, and any request for a sensitive path. */
export function judgeSeeds(
  { requests, sensitive }: Tally,
  { maxRequestsPerHour }: Pick<RuleContext, 'maxRequestsPerHour'>,
): Reason[] {
  const broken: string[] = []
  if (requests > maxRequestsPerHour) {
    broken.push(`${requests} requests in this hour; the limit is ${maxRequestsPerHour}`)
  }
  const asked = Object.entries(sensitive)
    .sort(([, a], [, b]) => b - a)
    .map(([path, count]) => `${path} ${times(count)}`)
  if (asked.length > 0) broken.push(`asked for ${asked.join(' and ')} (sensitive)`)
  return broken.map((text) => ({ text, kind: 'rule', weight: WEIGHT }))
}
