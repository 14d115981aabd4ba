import type { Knex } from 'knex'
import { namedFeatures } from './features'
import type { Judgement } from './judge'

/**
 * Writes what was found in one hour over what an earlier run found there. Findings that a person
 * has reviewed stay as they are; open ones are renewed, or go when they no longer hold.
 */
export async function saveFindings(
  transaction: Knex,
  hour: Date,
  flagged: readonly Judgement[],
): Promise<void> {
  const addresses = flagged.map(({ tally }) => tally.address)
  await transaction.raw(
    `delete from suspicious_ips
      where window_start = ? and status = 'open' and ip_address <> all (?::inet[])`,
    [hour, addresses],
  )
  // Whole milliseconds: the time is a key of lists, and JavaScript's dates know no finer.
  await transaction.raw(
    `insert into suspicious_ips as known
            (window_start, flagged_at, ip_address, risk, severity, reason, reasons, features)
     select ?, date_trunc('milliseconds', now()), found.*
       from unnest(?::inet[], ?::float8[], ?::text[], ?::text[], ?::jsonb[], ?::jsonb[]) as found
         on conflict (ip_address, window_start) do update
        set risk = excluded.risk,
            severity = excluded.severity,
            reason = excluded.reason,
            reasons = excluded.reasons,
            features = excluded.features
      where known.status = 'open'`,
    [
      hour,
      addresses,
      flagged.map(({ risk }) => risk),
      flagged.map(({ severity }) => severity),
      flagged.map(({ reasons }) => reasons[0]!.text),
      flagged.map(({ reasons }) => JSON.stringify(reasons)),
      flagged.map(({ tally }) => JSON.stringify(namedFeatures(tally))),
    ],
  )
}
