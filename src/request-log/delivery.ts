import { setImmediate } from 'node:timers/promises'
import { addressRollups, type EncodedRollUps } from '../../models/address-rollup'
import { type NewRequest, RequestLog } from '../../models/request-log'
import type { Batch } from './batch'
import type { BatchRows } from './batch-rows'
import { isRefusal } from './refusal'
import type { Rolling } from './roll-ups'
import { Traffic } from './traffic'
import { type Window, windowsOf } from './windows'

/** With so many addresses a delivery takes no further batch: each has a roll-up or more in memory. */
const MANY_ADDRESSES = 12_000
/**
 * Nor with so many batches: each takes statements of its own, and the embedded database does nothing
 * else meanwhile. Hours in which little came leave thousands of small ones.
 */
const MANY_BATCHES = 200

/** Batches that are written in one transaction, and what they become there. */
export interface Delivery {
  readonly batches: readonly Batch[]
  /** The error when something in it cannot be written. */
  readonly content: Content | Error
}

/** What is written of a delivery. */
export interface Content {
  /** The windows of all its records. */
  readonly windows: readonly Window[]
  /** All its records per minute. */
  readonly traffic: Traffic
  readonly rows: number
  /** Records that get no row of their own. */
  readonly leftOut: number
  /** Of which erasures it knows: records of these are neither among the rows nor counted. */
  readonly erasures: string
  /** As the database takes them; the rows of each batch on their own. */
  readonly encodedRows: readonly Buffer[]
  readonly encodedRollUps: EncodedRollUps
}

interface Parts {
  reader: Pick<BatchRows, 'read'>
  rolling: Rolling
  erasures: string
}

/**
 * Makes a delivery, batch by batch. They are rolled up together, for who asks in one batch mostly
 * asks in the next one as well.
 */
export class Packing {
  readonly #reader: Pick<BatchRows, 'read'>
  readonly #rolling: Rolling
  readonly #erasures: string
  readonly #batches: Batch[] = []
  readonly #encodedRows: Buffer[] = []
  readonly #traffic = new Traffic()
  #lines = 0
  #records = 0
  #rows = 0
  #refusal: Error | undefined

  constructor({ reader, rolling, erasures }: Parts) {
    this.#reader = reader
    this.#rolling = rolling
    this.#erasures = erasures
  }

  /** Whether a further batch would make it too large, or be of no use. */
  isFull(mostLines: number): boolean {
    return (
      this.#lines >= mostLines ||
      this.#rolling.addresses >= MANY_ADDRESSES ||
      this.#batches.length >= MANY_BATCHES ||
      this.#refusal !== undefined
    )
  }

  async add(batch: Batch): Promise<void> {
    this.#batches.push(batch)
    this.#lines += batch.lines
    try {
      this.#encodedRows.push(await this.#encode(batch))
    } catch (error) {
      this.#refusal = refusalOf(error)
    }
  }

  end(): Delivery {
    return { batches: this.#batches, content: this.#refusal ?? this.#content() }
  }

  async #encode(batch: Batch): Promise<Buffer> {
    const encoder = RequestLog.encoder(batch.lines)
    for await (const rows of this.#reader.read(batch)) {
      this.#records += rows.length
      for (const row of rows) this.#traffic.add(row)
      const kept = this.#rolling.add(rows)
      this.#rows += kept.length
      for (const row of kept) {
        if (row.optedOut) leaveOutDetails(row)
        encoder.add(row)
      }
      // The delivery before is being stored: it goes on in between.
      await setImmediate()
    }
    return encoder.finish()
  }

  #content(): Content | Error {
    const { table } = this.#rolling
    let encodedRollUps: EncodedRollUps
    try {
      encodedRollUps = addressRollups.encode(table)
    } catch (error) {
      return refusalOf(error)
    }
    const content = {
      windows: windowsOf(table),
      traffic: this.#traffic,
      rows: this.#rows,
      leftOut: this.#records - this.#rows,
      erasures: this.#erasures,
      encodedRows: this.#encodedRows,
      encodedRollUps,
    }
    this.#rolling.release()
    return content
  }
}

/** An error that blames the records; throws any other. */
function refusalOf(error: unknown): Error {
  if (!isRefusal(error)) throw error
  return error as Error
}

/** What remains of a request whose sender opted out, once it has been rolled up. */
function leaveOutDetails(row: NewRequest): void {
  row.path = ''
  row.query = ''
  row.userAgent = ''
  row.account = null
}
