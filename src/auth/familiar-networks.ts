import { createHmac } from 'node:crypto'
import type { Knex } from 'knex'
import { type Address, network64 } from '../net/address'
import { sharedSecret } from '../platform/secrets'
import { inTime } from './in-time'

/** How long a network is known after a sign-in. */
export const FAMILIAR_DAYS = 30

/** Networks known for one account; the one not seen for longest goes first. */
const MOST_NETWORKS = 50

/** What stands for a person and the network they come from, in stores: keyed hashes. */
export interface Traces {
  /** Of the e-mail address, whether there is an account for it or not. */
  readonly person: string
  /** Of the network, for this person alone: two people on one network have different ones. */
  readonly network: string
}

/**
 * The networks people have signed in from, an IPv4 address or an IPv6 /64 each: an attacker cannot
 * have been there. Kept as keyed hashes, whose key is in the database; nobody who reads only these
 * or Redis can tell an address or an e-mail address from them.
 *
 * Every question throws `Unavailable` when the database does not answer in time.
 */
export class FamiliarNetworks {
  readonly #knex: Knex
  #key?: Buffer

  constructor(knex: Knex) {
    this.#knex = knex
  }

  /** `email` in its canonical form. */
  async tracesOf(email: string, address: Address): Promise<Traces> {
    this.#key ??= await inTime(sharedSecret(this.#knex, 'sign-in'))
    const person = keyedHash(this.#key, email)
    return { person, network: keyedHash(this.#key, `${person} ${network64(address)}`) }
  }

  /** Whether somebody has signed in to the account from there; the same statement without one. */
  async has(accountId: number | undefined, { network }: Traces): Promise<boolean> {
    const { rows } = await inTime<{ rows: unknown[] }>(
      this.#knex.raw(
        `select 1
           from familiar_networks
          where account_id = ? and network_hash = ?
            and seen_at > now() - ? * interval '1 day'`,
        [accountId ?? 0, network, FAMILIAR_DAYS],
      ),
    )
    return rows.length > 0
  }

  /** Remembers a successful sign-in, and forgets what is older than `FAMILIAR_DAYS`. */
  async remember(accountId: number, { network }: Traces): Promise<void> {
    await inTime(
      this.#knex.raw(
        `insert into familiar_networks (account_id, network_hash) values (?, ?)
             on conflict (account_id, network_hash) do update set seen_at = now()`,
        [accountId, network],
      ),
    )
    await inTime(
      this.#knex.raw(
        `delete from familiar_networks
          where account_id = ?
            and (seen_at < now() - ? * interval '1 day'
                 or network_hash in (select network_hash
                                       from familiar_networks
                                      where account_id = ?
                                      order by seen_at desc
                                     offset ?))`,
        [accountId, FAMILIAR_DAYS, accountId, MOST_NETWORKS],
      ),
    )
  }
}

function keyedHash(key: Buffer, text: string): string {
  return createHmac('sha256', key).update(text).digest('base64url').slice(0, 22)
}
