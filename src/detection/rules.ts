import type { Reason } from '../../models/suspicious-ip'
import type { Tally } from './tally'

/** What a rule alone is worth: low severity, unless other evidence joins it. */
const WEIGHT = 0.6

/**
 * The rules that an address broke in one hour, in plain words; each of them makes a flag: more
 * than `maxRequestsPerHour`, and any request for a sensitive path.
 */
export function judgeByRules({ requests, sensitive }: Tally, maxRequestsPerHour: number): Reason[] {
  const broken: string[] = []
  if (requests > maxRequestsPerHour) {
    broken.push(`${requests} requests in this hour; the limit is ${maxRequestsPerHour}`)
  }
  const asked = Object.entries(sensitive)
    .sort(([, a], [, b]) => b - a)
    .map(([path, count]) => `${path} ${times(count)}`)
  if (asked.length > 0) {
    broken.push(`asked for ${asked.join(' and ')} (sensitive)`)
  }
  return broken.map((text) => ({ text, kind: 'rule', weight: WEIGHT }))
}

function times(count: number): string {
  return count === 1 ? 'once' : `${count} times`
}
