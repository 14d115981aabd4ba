import type { Knex } from 'knex'
import type { Batch } from './batch'

/** Where in its segment the writing stands: everything in front of it is committed. */
export async function committedPosition(knex: Knex, segment: string): Promise<number> {
  const row = await knex('spool_segments').where({ id: segment }).first('position')
  return row ? Number(row.position) : 0
}

/**
 * Writes a batch, which `write` does, and moves its segment's position behind it, both or neither.
 * Returns where to go on: behind the batch, unless it was committed already and somebody has got
 * further.
 *
 * A batch is recognised by where it begins, and not written again: after a crash, after a commit
 * whose answer was lost, and when two writers hold the same segment.
 */
export async function commitBatch(
  knex: Knex,
  batch: Pick<Batch, 'segment' | 'from' | 'to'>,
  write: (trx: Knex) => Promise<void>,
): Promise<number> {
  return knex.transaction(async (trx) => {
    const { rowCount } = await trx.raw<{ rowCount: number }>(
      `insert into spool_segments (id, position) values (?, ?)
           on conflict (id) do update
          set position = excluded.position, written_at = now()
        where spool_segments.position = ?`,
      [batch.segment, batch.to, batch.from],
    )
    if (rowCount === 0) return committedPosition(trx, batch.segment)
    await write(trx)
    return batch.to
  })
}

/** Forgets a segment whose file nobody can read as a segment any more. */
export async function forgetSegment(knex: Knex, segment: string): Promise<void> {
  await knex('spool_segments').where({ id: segment }).delete()
}
