import type { Knex } from 'knex'
import type { Address } from '../net/address'
import { truncateAddress } from '../net/truncate'
import { Distinct } from './distinct'
import { hashText } from './sketch'

const QUARTER_MS = 900_000

interface Quarter {
  addresses: Distinct
  networks: Distinct
}

/** The hashes of one address, and of the network that it is truncated to. */
interface Hashes {
  address: number
  network: number
}

/** Counts the different addresses of each quarter of an hour, as they are stored. */
export class TrafficAddresses {
  readonly #quarters = new Map<number, Quarter>()
  readonly #hashes = new Map<string, Hashes>()

  add(ipAddress: string, timestamp: number): void {
    const start = Math.floor(timestamp / QUARTER_MS) * QUARTER_MS
    let quarter = this.#quarters.get(start)
    if (!quarter) {
      quarter = { addresses: new Distinct(), networks: new Distinct() }
      this.#quarters.set(start, quarter)
    }
    const { address, network } = this.#hashesOf(ipAddress)
    quarter.addresses.note(address)
    quarter.networks.note(network)
  }

  /** Adds them to what the writer of this name has noted already; doing it twice changes nothing. */
  async write(trx: Knex, writer: string): Promise<void> {
    if (this.#quarters.size === 0) return
    const quarters = [...this.#quarters].sort(([a], [b]) => a - b)
    await trx.raw(ADD, [
      writer,
      quarters.map(([start]) => new Date(start)),
      quarters.map(([, { addresses }]) => addresses.toHex()),
      quarters.map(([, { networks }]) => networks.toHex()),
    ])
  }

  #hashesOf(ipAddress: string): Hashes {
    let hashes = this.#hashes.get(ipAddress)
    if (!hashes) {
      const network = ipAddress.includes('/') ? ipAddress : truncateAddress(ipAddress as Address)
      hashes = { address: hashText(ipAddress), network: hashText(network) }
      this.#hashes.set(ipAddress, hashes)
    }
    return hashes
  }
}

const ADD = `
  insert into traffic_addresses as known (quarter, writer, addresses, networks)
  select quarter, ?, ('x' || addresses)::bit(20480), ('x' || networks)::bit(20480)
    from unnest(?::timestamptz[], ?::text[], ?::text[]) as noted (quarter, addresses, networks)
      on conflict (quarter, writer) do update
     set addresses = known.addresses | excluded.addresses,
         networks = known.networks | excluded.networks`

/** Leaves of the quarters that begin before `until` only how many networks came. */
export async function truncateSketches(knex: Knex, until: Date): Promise<void> {
  await knex('traffic_addresses')
    .where('quarter', '<', until)
    .whereNotNull('addresses')
    .update({ addresses: null })
}

/** Does the same to the quarters in which an address came that is to be forgotten, in these forms. */
export async function forgetInSketches(trx: Knex, forms: readonly string[]): Promise<void> {
  await trx.raw(
    `update traffic_addresses set addresses = null
      where addresses is not null
        and quarter in (select date_bin('15 minutes', timestamp, 'epoch')
                          from request_logs where ip_address = any (?::inet[]))`,
    [[...forms]],
  )
}
