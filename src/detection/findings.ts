import type { Knex } from 'knex'
import type { SuspiciousIP } from '../../models/suspicious-ip'
import { namedFeatures } from './features'
import { findingIncidents } from './finding-incident'
import type { Judgement } from './judge'
import { observedOf } from './learned/prototypes'
import { MACHINE } from './machine'

/** Findings of one statement: few enough that neither we nor the database are kept long by it. */
const AT_ONCE = 100

/** A finding as it stands after it was saved. */
export interface Saved {
  id: number
  address: string
  status: SuspiciousIP['status']
}

/**
 * Writes what was found in one hour over what an earlier look found there. Findings that a person
 * has reviewed stay as they are; the others are renewed, or, when they are open and do not hold
 * any more, go.
 */
export async function replaceFindings(
  transaction: Knex,
  hour: Date,
  flagged: readonly Judgement[],
): Promise<Saved[]> {
  await transaction.raw(
    `delete from suspicious_ips
      where window_start = ? and status = 'open' and ip_address <> all (?::inet[])`,
    [hour, flagged.map(({ tally }) => tally.address)],
  )
  return saveFindings(transaction, hour, flagged)
}

/** Adds and renews findings of one hour, and removes none; answers those that no person has reviewed. */
export async function saveFindings(
  knex: Knex,
  hour: Date,
  flagged: readonly Judgement[],
): Promise<Saved[]> {
  const incident = await findingIncidents(knex)
  const saved: Saved[] = []
  for (let from = 0; from < flagged.length; from += AT_ONCE) {
    saved.push(...(await saveSome(knex, hour, flagged.slice(from, from + AT_ONCE), incident)))
  }
  return saved
}

async function saveSome(
  knex: Knex,
  hour: Date,
  flagged: readonly Judgement[],
  incident: Awaited<ReturnType<typeof findingIncidents>>,
): Promise<Saved[]> {
  // Whole milliseconds: the time is a key of lists, and JavaScript's dates know no finer.
  const { rows } = await knex.raw<{ rows: Saved[] }>(
    `insert into suspicious_ips as known
            (window_start, flagged_at, ip_address, risk, severity, reason, reasons, features,
             observed, incident)
     select ?, date_trunc('milliseconds', now()), found.*
       from unnest(?::inet[], ?::float8[], ?::text[], ?::text[], ?::jsonb[], ?::jsonb[],
                   ?::jsonb[], ?::text[]) as found
         on conflict (ip_address, window_start) do update
        set risk = excluded.risk,
            severity = excluded.severity,
            reason = excluded.reason,
            reasons = excluded.reasons,
            features = excluded.features,
            observed = excluded.observed
      where known.status = 'open' or known.reviewed_by = '${MACHINE}'
     returning id, ip_address as address, status`,
    [
      hour,
      flagged.map(({ tally }) => tally.address),
      flagged.map(({ risk }) => risk),
      flagged.map(({ severity }) => severity),
      flagged.map(({ reasons }) => reasons[0]!.text),
      flagged.map(({ reasons }) => JSON.stringify(reasons)),
      flagged.map(({ tally }) => JSON.stringify(namedFeatures(tally))),
      flagged.map(({ tally }) => JSON.stringify(observedOf(tally))),
      flagged.map(({ tally }) => incident(tally.address, hour)),
    ],
  )
  return rows
}
