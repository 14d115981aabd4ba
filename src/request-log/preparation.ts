import type { Batch } from './batch'
import { BatchRows, type RowParts } from './batch-rows'
import { type Delivery, Packing } from './delivery'
import type { Flood } from './flood'
import { RollUps } from './roll-ups'

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
  #rollUps: RollUps
  /** The erasures that were known when it began to follow addresses. */
  #followsSince = ''

  constructor(parts: PreparationParts) {
    this.#parts = parts
    this.#reader = new BatchRows(parts)
    this.#rollUps = new RollUps(parts.sensitivePaths)
  }

  /** Begins a delivery, with what is known now of floods and erasures. */
  begin(): Packing {
    const { flood, erasures } = this.#parts
    if (erasures.version !== this.#followsSince) this.#followAnew(erasures.version)
    const rolling = this.#rollUps.begin(flood.allowance)
    return new Packing({ reader: this.#reader, rolling, erasures: erasures.version })
  }

  /** A delivery of one batch. */
  async of(batch: Batch): Promise<Delivery> {
    const packing = this.begin()
    await packing.add(batch)
    return packing.end()
  }

  /** How fast somebody asked before they were erased must not be told with what they ask now. */
  #followAnew(erasures: string): void {
    this.#rollUps = new RollUps(this.#parts.sensitivePaths)
    this.#followsSince = erasures
  }
}
