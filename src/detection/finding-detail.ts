import type { Models } from '../../models'
import type { SuspiciousIP } from '../../models/suspicious-ip'
import { presentRequest } from '../request-log/routes'
import { endOfHour } from './hour/stirring'

/** Requests shown of the address in the judged hour, the newest. */
const SHOWN = 20

/** What a person wants to see of one finding beside its line in the list. */
export async function detailOf(
  { SuspiciousIP, RequestLog }: Pick<Models, 'SuspiciousIP' | 'RequestLog'>,
  { ipAddress, windowStart, features }: SuspiciousIP,
) {
  const [usual, requests] = await Promise.all([
    usualAt(SuspiciousIP, windowStart),
    RequestLog.query()
      .where('ip_address', ipAddress)
      .where('timestamp', '>=', windowStart)
      .where('timestamp', '<', endOfHour(windowStart))
      .orderBy([
        { column: 'timestamp', order: 'desc' },
        { column: 'id', order: 'desc' },
      ])
      .limit(SHOWN),
  ])
  return {
    features,
    usual,
    requests: requests.map(presentRequest),
  }
}

/**
 * What was usual at the site, by feature: as the run of that hour has learned it, or the last one
 * before; null when nothing had been learned by then.
 */
async function usualAt(
  model: Models['SuspiciousIP'],
  hour: Date,
): Promise<Record<string, number> | null> {
  const { rows } = await model.knex().raw<{ rows: { usual: Record<string, number> }[] }>(
    `select facts #> '{learned,usual}' as usual
       from detection_runs
      where hour <= ? and facts #> '{learned,usual}' is not null
      order by hour desc
      limit 1`,
    [hour],
  )
  return rows[0]?.usual ?? null
}
