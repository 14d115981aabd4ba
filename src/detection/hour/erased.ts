import type { Knex } from 'knex'
import { Erasures } from '../../request-log/erasures'
import type { Judgement } from '../judge'

/**
 * Tells whether an address was erased since `readAt` (milliseconds), when its hour began to be read;
 * until the transaction ends nobody else is erased. Before all other locks: an erasure begins with
 * this one, too.
 */
export async function erasedSince(
  transaction: Knex,
  readAt: number,
): Promise<(address: string) => boolean> {
  const erasures = new Erasures()
  await erasures.hold(transaction)
  return (address) => erasures.cover({ address, timestamp: readAt })
}

/** Those of `flagged` who were not. */
export async function withoutErased(
  transaction: Knex,
  readAt: number,
  flagged: readonly Judgement[],
): Promise<Judgement[]> {
  const isErased = await erasedSince(transaction, readAt)
  return flagged.filter(({ tally }) => !isErased(tally.address))
}
