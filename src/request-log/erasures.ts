import { createHmac } from 'node:crypto'
import type { Knex } from 'knex'
import { sharedSecret } from '../platform/secrets'
import { Unavailable } from '../platform/unavailable'

/** Longest wait for writers that are in the middle of a batch or a fold; behind it all others wait. */
const WRITERS_MS = 5_000

/** What Postgres calls a lock that did not come in time. */
const LOCK_NOT_AVAILABLE = '55P03'

const SECRET = 'erasures'

/** One that is ordered again changes the sum, also when others are later. */
const VERSION = `
  select concat(count(*), ' ', sum(extract(epoch from erased_at))) as version from erasures`

/** Many may hold it at once, and an order waits for all of them. */
const LOCK = 'lock table erasures in row share mode'

interface Answer {
  rows: { version: string }[]
}

/** What decides whether a record was erased. */
interface Sender {
  /** As it was sent, or as it is stored. */
  address: string
  /** Milliseconds since 1970. */
  timestamp: number
}

/**
 * The addresses that were erased, as a writer knows them: of what happened before, nothing is
 * written any more, whichever spool it lay in. Held as keyed hashes, like the table `erasures`.
 */
export class Erasures {
  #version = ''
  #key?: Buffer
  #latest = Number.NEGATIVE_INFINITY
  #times = new Map<string, number>()

  /** Which erasures these are: another text when there are others. */
  get version(): string {
    return this.#version
  }

  get isEmpty(): boolean {
    return this.#times.size === 0
  }

  /** Reads those that have been ordered, unless they are known. */
  async read(knex: Knex): Promise<void> {
    await this.#heed(knex, await knex.raw<Answer>(VERSION))
  }

  /**
   * Reads them inside the transaction in which a batch is written. Until it ends no other can be
   * ordered, so that whoever orders one finds all that was written without knowing of it.
   */
  async hold(trx: Knex): Promise<void> {
    const [, answer] = await trx.raw<Answer[]>(`${LOCK}; ${VERSION}`)
    await this.#heed(trx, answer!)
  }

  /** Whether a record is of one who was erased after it was made. */
  cover({ address, timestamp }: Sender): boolean {
    // Nearly all that is written is younger than the last erasure, and is not hashed.
    if (timestamp > this.#latest || !this.#key) return false
    const erasedAt = this.#times.get(hashOf(address, this.#key))
    return erasedAt !== undefined && timestamp <= erasedAt
  }

  async #heed(knex: Knex, { rows }: Answer): Promise<void> {
    const { version } = rows[0]!
    if (version === this.#version) return
    const all = await knex('erasures').select('address_hash', 'erased_at').orderBy('erased_at')
    this.#key = await sharedSecret(knex, SECRET)
    this.#times = new Map(all.map((row) => [row.address_hash, row.erased_at.getTime()]))
    this.#latest = all.at(-1)?.erased_at.getTime() ?? Number.NEGATIVE_INFINITY
    this.#version = version
  }
}

/**
 * Lets nobody be erased until the transaction ends. Who writes rows anew needs it: a deletion would
 * wait for the old ones, and not see those that have taken their place.
 */
export async function holdErasures(trx: Knex): Promise<void> {
  await trx.raw(LOCK)
}

/**
 * Has every writer leave out what it holds up to now of an address, given in all forms in which it
 * may be stored. When this resolves, all that was written without knowing of it is committed, and
 * can be deleted. Given a transaction, it keeps all others from writing until that ends. Throws
 * `Unavailable` when a writer does not come to an end.
 */
export async function orderErasure(
  knex: Knex,
  forms: readonly string[],
  now = new Date(),
): Promise<void> {
  const key = await sharedSecret(knex, SECRET)
  const orders = forms.map((form) => ({ address_hash: hashOf(form, key), erased_at: now }))
  try {
    await knex.transaction(async (trx) => {
      await trx.raw(`set local lock_timeout = ${WRITERS_MS}`)
      await trx.raw('lock table erasures in exclusive mode')
      await trx('erasures').insert(orders).onConflict('address_hash').merge()
      await trx.raw('set local lock_timeout to default')
    })
  } catch (error) {
    const isLate = (error as { code?: unknown }).code === LOCK_NOT_AVAILABLE
    throw isLate ? new Unavailable({ cause: error }) : error
  }
}

function hashOf(address: string, key: Buffer): string {
  return createHmac('sha256', key).update(address).digest('base64url')
}
