import { setImmediate } from 'node:timers/promises'
import type { Knex } from 'knex'
import { addressRollups, type EncodedRollUps } from '../../models/address-rollup'
import { type NewRequest, RequestLog } from '../../models/request-log'
import type { Config } from '../config'
import type { Locator } from '../geo/locator'
import type { Place } from '../geo/source'
import { networkSubject } from '../geo/subject'
import { type Address, parseAddress } from '../net/address'
import type { Batch } from './batch'
import { entryOf, type LogEntry, senderOf, timeOf } from './entry'
import type { Erasures } from './erasures'
import type { Flood } from './flood'
import { PseudonymKeys } from './pseudonym-keys'
import { isRefusal } from './refusal'
import { RollUps } from './roll-ups'
import { storedAddresses } from './stored-address'
import { Traffic } from './traffic'
import { type Window, windowsOf } from './windows'

/**
 * Records that are read, rolled up and encoded together: few enough to be garbage while they are
 * young, and for the batch before, which is being stored, to go on in between.
 */
const CHUNK = 250

type Places = Map<Address, Place>

/** What comes of a batch. */
export interface Prepared {
  /** The windows of all its records. */
  windows: Window[]
  /** All its records per minute. */
  traffic: Traffic
  rows: number
  /** Records that get no row of their own. */
  leftOut: number
  /** Of which erasures it knows: records of these are neither among the rows nor counted. */
  erasures: string
  /** As the database takes them. */
  encodedRows: Buffer
  encodedRollUps: EncodedRollUps
}

/** What a batch is made ready with. */
export interface PreparationParts {
  knex: Knex
  locator: Pick<Locator, 'findAll'>
  ipStorage: Config['ipStorage']
  /** How long the key of a day's pseudonyms is kept behind the day. */
  keyHours: number
  sensitivePaths: readonly string[]
  flood: Pick<Flood, 'allowance'>
  erasures: Erasures
}

/**
 * Makes batches ready to be written: finds places, decides how addresses are stored, rolls up,
 * samples in a flood, leaves out the details of those who opted out, and encodes.
 */
export class Preparation {
  readonly #parts: PreparationParts
  readonly #rollUps: RollUps
  readonly #keys: PseudonymKeys

  constructor(parts: PreparationParts) {
    this.#parts = parts
    this.#rollUps = new RollUps(parts.sensitivePaths)
    this.#keys = new PseudonymKeys(parts.knex, parts.keyHours)
  }

  /** What a batch becomes; the error when something in it cannot be written. */
  async of(batch: Batch): Promise<Prepared | Error> {
    const erasures = this.#parts.erasures.version
    try {
      const places = await this.#findPlaces(batch)
      const rolling = this.#rollUps.begin(this.#parts.flood.allowance)
      const encoder = RequestLog.encoder(batch.lines)
      const traffic = new Traffic()
      let entries = 0
      let rows = 0
      for (let from = 0; from < batch.lines; from += CHUNK) {
        const to = Math.min(from + CHUNK, batch.lines)
        const all = await this.#read(batch, from, to, places)
        entries += all.length
        for (const row of all) traffic.add(row)
        const kept = rolling.add(all)
        for (const row of kept) {
          if (row.optedOut) leaveOutDetails(row)
          encoder.add(row)
        }
        rows += kept.length
        await setImmediate()
      }
      const { rollUps } = rolling
      return {
        windows: windowsOf(rollUps),
        traffic,
        rows,
        leftOut: entries - rows,
        erasures,
        encodedRows: encoder.finish(),
        encodedRollUps: addressRollups.encode(rollUps),
      }
    } catch (error) {
      if (isRefusal(error)) return error as Error
      throw error
    }
  }

  /** The rows of the lines from one on and up to another. */
  async #read(batch: Batch, from: number, to: number, places: Places): Promise<NewRequest[]> {
    const entries: LogEntry[] = []
    for (let nth = from; nth < to; nth++) {
      const entry = entryOf(batch.line(nth))
      if (!this.#parts.erasures.cover(entry)) entries.push(entry)
    }
    const store = await storedAddresses(this.#parts.ipStorage, this.#keys, entries)
    return entries.map((entry) => rowOf(entry, store(entry), places.get(locatedAs(entry))!))
  }

  /** The places of all senders of a batch, looked up at once. */
  #findPlaces(batch: Batch): Promise<Places> {
    const subjects = new Set<Address>()
    const known = new Map<string, Address | undefined>()
    for (let nth = 0; nth < batch.lines; nth++) {
      const line = batch.line(nth)
      const { text, optedOut } = senderOf(line)
      const address = known.get(text) ?? parseAddress(text)
      known.set(text, address)
      if (!address || this.#isErased(address, line)) continue
      subjects.add(locatedAs({ address, optedOut }))
    }
    return this.#parts.locator.findAll(subjects)
  }

  /** Who was erased is not asked about elsewhere, nor is their place remembered again. */
  #isErased(address: Address, line: string): boolean {
    const { erasures } = this.#parts
    return !erasures.isEmpty && erasures.cover({ address, timestamp: timeOf(line) })
  }
}

/** Who opted out is looked up, remembered and asked about elsewhere as their network. */
function locatedAs({ address, optedOut }: Pick<LogEntry, 'address' | 'optedOut'>): Address {
  return optedOut ? networkSubject(address) : address
}

function rowOf(entry: LogEntry, ipAddress: string, { country, city, asn }: Place): NewRequest {
  // Field by field: spreading takes ten times as long.
  return {
    ipAddress,
    timestamp: entry.timestamp,
    method: entry.method,
    path: entry.path,
    query: entry.query,
    status: entry.status,
    durationMs: entry.durationMs,
    bytes: entry.bytes,
    userAgent: entry.userAgent,
    country,
    city,
    asn,
    account: entry.account,
    source: entry.source,
    refusal: entry.refusal,
    optedOut: entry.optedOut,
    hasReferer: entry.hasReferer,
  }
}

/** What remains of a request whose sender opted out, once it has been rolled up. */
function leaveOutDetails(row: NewRequest): void {
  row.path = ''
  row.query = ''
  row.userAgent = ''
  row.account = null
}
