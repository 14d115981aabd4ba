import type { Address } from '../net/address'
import type { LogEntry } from '../request-log/entry'
import { type Rollable, type RollUp, RollUps } from '../request-log/roll-ups'
import { setBits } from '../request-log/sketch'
import { type Tally, tallyOf } from './tally'

/** Visits that are rolled up at once, as the writer does with those of a batch. */
const BATCH = 5_000

/**
 * Counts one hour's requests without a database, for logs that are only looked at; gives the same
 * tallies as `tallyHour`. Visits come in the order of time, roughly. Memory grows with the number
 * of addresses.
 */
export class HourInMemory {
  readonly #rollUps: RollUps
  readonly #addresses = new Map<string, RollUp>()
  readonly #sensitive = new Map<string, Record<string, number>>()
  #batch: Rollable[] = []

  constructor(sensitivePaths: readonly string[]) {
    this.#rollUps = new RollUps(sensitivePaths)
  }

  add({ address, ...visit }: LogEntry): void {
    this.#batch.push({ ...visit, ipAddress: address, country: null, asn: null })
    if (this.#batch.length === BATCH) this.#rollUp()
  }

  tallies(): Tally[] {
    this.#rollUp()
    return Array.from(this.#addresses, ([address, rollUp]) => {
      const activeMinutes = setBits(rollUp.minutes)[0]!
      const pathBits = setBits(rollUp.paths)
      const agentBits = setBits(rollUp.agents)
      const tally = tallyOf(address as Address, { ...rollUp, activeMinutes, pathBits, agentBits })
      return { ...tally, sensitive: this.#sensitive.get(address) ?? {} }
    })
  }

  #rollUp(): void {
    const rolling = this.#rollUps.begin()
    rolling.add(this.#batch)
    this.#batch = []
    for (const rollUp of rolling.rollUps) {
      if (!rollUp.evidence) continue
      const { ipAddress, sensitivePath, requests } = rollUp
      if (sensitivePath !== null) {
        const counts = this.#sensitive.get(ipAddress) ?? {}
        counts[sensitivePath] = (counts[sensitivePath] ?? 0) + requests
        this.#sensitive.set(ipAddress, counts)
      }
      const known = this.#addresses.get(ipAddress)
      if (known) known.merge(rollUp)
      else this.#addresses.set(ipAddress, rollUp)
    }
  }
}
