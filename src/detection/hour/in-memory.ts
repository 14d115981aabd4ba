import type { Address } from '../../net/address'
import type { LogEntry } from '../../request-log/entry'
import { type Rollable, RollUp } from '../../request-log/roll-up'
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
    return this.#rolling.evidence.map(tallyOfKinds)
  }

  #rollUp(): void {
    this.#rolling.add(this.#batch)
    this.#batch = []
  }
}

/** One tally of what an address did for sensitive paths, each rolled up on its own, and of all else. */
function tallyOfKinds(kinds: readonly RollUp[]): Tally {
  const [first] = kinds
  const address = first!.ipAddress as Address
  const rollUp =
    kinds.length === 1 ? first! : new RollUp(first!.windowStart, address, true, null, null, null)
  if (kinds.length > 1) for (const kind of kinds) rollUp.merge(kind)
  const tally = tallyOf(address, rollUp, {
    pathBits: setBits(rollUp.paths),
    agentBits: setBits(rollUp.agents),
    agent: onlyBit(rollUp.agents),
    activeMinutes: setBits(rollUp.minutes)[0]!,
    served: rollUp.served,
    missed: rollUp.missed,
  })
  if (rollUp.signatures) tally.signatures = rollUp.signatures.list()
  const sensitive = kinds.filter(({ sensitivePath }) => sensitivePath !== null)
  if (sensitive.length > 0) {
    const counted = sensitive.map(({ sensitivePath, requests }) => [sensitivePath, requests])
    tally.sensitive = Object.fromEntries(counted)
  }
  return tally
}
