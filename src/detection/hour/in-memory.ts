import type { Address } from '../../net/address'
import type { LogEntry } from '../../request-log/entry'
import type { Rollable } from '../../request-log/roll-up'
import { AT, WIDTH } from '../../request-log/roll-up-columns'
import type { RollUpTable } from '../../request-log/roll-up-table'
import { type Rolling, RollUps } from '../../request-log/roll-ups'
import { onlyBit, setBits } from '../../request-log/sketch'
import type { Traits } from '../../request-log/traits'
import { HOUR_MS } from './in-database'
import { type Tally, tallyOf } from './tally'

/**
 * Visits that are put into the order of time and rolled up at once, as the writer does with those of a
 * batch. Few enough that their lines are still in the processor's cache.
 */
const BATCH = 1_000

/**
 * Counts one hour's requests without a database, for logs that are only looked at; gives the same
 * tallies as `tallyHour`. Visits come in the order of time, roughly. Memory grows with the number
 * of addresses.
 */
export class HourInMemory {
  readonly #rolling: Rolling
  #batch: Rollable[] = []

  /** Takes the sensitive paths, or traits that several hours share. */
  constructor(traits: Traits | readonly string[]) {
    this.#rolling = new RollUps(traits, HOUR_MS).begin()
  }

  add(entry: LogEntry): void {
    this.#batch.push({
      ipAddress: entry.address,
      timestamp: entry.timestamp,
      method: entry.method,
      path: entry.path,
      query: entry.query,
      status: entry.status,
      bytes: entry.bytes,
      userAgent: entry.userAgent,
      hasReferer: entry.hasReferer,
      account: entry.account,
      source: entry.source,
      optedOut: entry.optedOut,
      country: null,
      asn: null,
    })
    if (this.#batch.length === BATCH) this.#rollUp()
  }

  tallies(): Tally[] {
    this.#rollUp()
    const { table, evidence } = this.#rolling
    return evidence.map((kinds) => tallyOfKinds(table, kinds))
  }

  #rollUp(): void {
    this.#rolling.add(this.#batch)
    this.#batch = []
  }
}

/** One tally of what an address did for sensitive paths, each rolled up on its own, and of all else. */
function tallyOfKinds(table: RollUpTable, kinds: readonly number[]): Tally {
  const sensitive = sensitiveRequests(table, kinds)
  const [first, ...others] = kinds
  for (const other of others) table.merge(first!, other)
  const rollUp = table.read(first!)
  const tally = tallyOf(rollUp.ipAddress as Address, rollUp, {
    pathBits: setBits(rollUp.paths),
    agentBits: setBits(rollUp.agents),
    agent: onlyBit(rollUp.agents),
    activeMinutes: setBits(rollUp.minutes)[0]!,
    served: rollUp.served,
    missed: rollUp.missed,
  })
  if (rollUp.signatures) tally.signatures = rollUp.signatures.list()
  if (sensitive.length > 0) tally.sensitive = Object.fromEntries(sensitive)
  return tally
}

function sensitiveRequests(table: RollUpTable, kinds: readonly number[]): [string, number][] {
  const found: [string, number][] = []
  for (const nth of kinds) {
    const { sensitivePath } = table.keys[nth]!
    if (sensitivePath !== null)
      found.push([sensitivePath, table.numbers[nth * WIDTH + AT.requests]!])
  }
  return found
}
