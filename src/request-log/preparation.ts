import type { Batch } from './batch'
import { BatchRows, type RowParts } from './batch-rows'
import { type Delivery, Packing } from './delivery'
import type { Flood } from './flood'
import { RollUps } from './roll-ups'
import { Traits } from './traits'

/** What batches are made ready with. */
export interface PreparationParts extends RowParts {
  sensitivePaths: readonly string[]
  flood: Pick<Flood, 'allowance'>
}

/**
 * Makes batches ready to be written: finds places, decides how addresses are stored, rolls up,
 * samples in a flood, leaves out the details of those who opted out, and encodes.
 */
export class Preparation {
  readonly #parts: PreparationParts
  readonly #reader: BatchRows
  readonly #traits: Traits
  #rollUps: RollUps
  /** The erasures that were known when it began to follow addresses. */
  #followsSince = ''

  constructor(parts: PreparationParts) {
    this.#parts = parts
    this.#reader = new BatchRows(parts)
    this.#traits = new Traits(parts.sensitivePaths)
    this.#rollUps = new RollUps(this.#traits)
  }

  /** Begins a delivery, with what is known now of floods and erasures. */
  begin(): Packing {
    const { flood, erasures } = this.#parts
    // How fast somebody asked before they were erased must not be told with what they ask now.
    if (erasures.version !== this.#followsSince) this.#followAnew()
    const rolling = this.#rollUps.begin(flood.allowance)
    return new Packing({ reader: this.#reader, rolling, erasures: erasures.version })
  }

  /** A delivery of one batch that was made ready before, among others, and was not written. */
  async again(batch: Batch): Promise<Delivery> {
    // Its requests would be followed twice, and their senders seem twice as fast.
    this.#followAnew()
    const packing = this.begin()
    await packing.add(batch)
    return packing.end()
  }

  #followAnew(): void {
    this.#rollUps = new RollUps(this.#traits)
    this.#followsSince = this.#parts.erasures.version
  }
}
