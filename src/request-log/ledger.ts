import type { Knex } from 'knex'
import type { Batch } from './batch'

/** A part of a segment: a batch, or several that follow each other. */
export type Span = Pick<Batch, 'segment' | 'from' | 'to'>

/** Where in each segment the writing stands: everything in front of it is committed. */
export type Positions = Map<string, number>

/** The positions of these segments. */
export async function committedPositions(knex: Knex, segments: string[]): Promise<Positions> {
  const rows = await knex('spool_segments').whereIn('id', segments).select('id', 'position')
  const known = new Map(rows.map(({ id, position }) => [id, Number(position)]))
  return new Map(segments.map((segment) => [segment, known.get(segment) ?? 0]))
}

/**
 * Writes parts of segments, which `write` does, and moves each segment's position behind its part:
 * all of it or nothing. Returns where to go on: behind each part, unless one was committed
 * already and somebody may have got further.
 *
 * A part is recognised by where it begins, and not written again: after a crash, after a commit
 * whose answer was lost, and when two writers hold the same segment.
 */
export async function commitSpans(
  knex: Knex,
  spans: readonly Span[],
  write: (trx: Knex) => Promise<void>,
): Promise<Positions> {
  try {
    await knex.transaction(async (trx) => {
      for (const span of spans) await move(trx, span)
      await write(trx)
    })
    return new Map(spans.map(({ segment, to }) => [segment, to]))
  } catch (error) {
    if (!(error instanceof WrittenAlready)) throw error
    const segments = spans.map(({ segment }) => segment)
    return committedPositions(knex, segments)
  }
}

/** Forgets segments whose files nobody can read as segments any more. */
export async function forgetSegments(knex: Knex, segments: string[]): Promise<void> {
  await knex('spool_segments').whereIn('id', segments).delete()
}

/** The parts of segments that batches cover, the batches of one segment in its order. */
export function spansOf(batches: readonly Span[]): Span[] {
  const spans = new Map<string, Span>()
  for (const { segment, from, to } of batches) {
    spans.set(segment, { segment, from: spans.get(segment)?.from ?? from, to })
  }
  return [...spans.values()]
}

class WrittenAlready extends Error {}

async function move(trx: Knex, { segment, from, to }: Span): Promise<void> {
  const { rowCount } = await trx.raw<{ rowCount: number }>(
    `insert into spool_segments (id, position) values (?, ?)
         on conflict (id) do update
        set position = excluded.position, written_at = now()
      where spool_segments.position = ?`,
    [segment, to, from],
  )
  if (rowCount === 0) throw new WrittenAlready()
}
