import type { Knex } from 'knex'

/**
 * The rows of one query, some at a time, so that a long result is neither held in memory whole nor
 * read in one breath. The rows are those of one moment: a cursor in a transaction of its own,
 * which ends when the caller is done.
 */
export async function* inPages<Row>(
  knex: Knex,
  sql: string,
  bindings: Knex.RawBinding[],
  pageSize = 5_000,
): AsyncGenerator<Row[]> {
  const transaction = await knex.transaction()
  try {
    await transaction.raw(`declare page cursor for ${sql}`, bindings)
    while (true) {
      const { rows } = await transaction.raw<{ rows: Row[] }>(`fetch ${pageSize} from page`)
      if (rows.length > 0) yield rows
      if (rows.length < pageSize) break
    }
    await transaction.commit()
  } finally {
    // Also when the caller stops early, which no `catch` would notice.
    if (!transaction.isCompleted()) await transaction.rollback()
  }
}
