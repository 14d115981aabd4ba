import type { Knex } from 'knex'

/** Few enough that to read them keeps nobody waiting for long. */
const PAGE_SIZE = 1_000

/** What one step of the query may take in the database before it uses the disk. */
const WORK_MEM = '192MB'

/**
 * The rows of one query, some at a time, so that a long result is neither held in memory whole nor
 * read in one breath. The rows are those of one moment: a cursor in a transaction of its own,
 * which ends when the caller is done.
 */
export async function* inPages<Row>(
  knex: Knex,
  sql: string,
  bindings: Knex.RawBinding[],
): AsyncGenerator<Row[]> {
  const transaction = await knex.transaction()
  try {
    yield* pagesWithin<Row>(transaction, sql, bindings)
    await transaction.commit()
  } finally {
    // Also when the caller stops early, which no `catch` would notice.
    if (!transaction.isCompleted()) await transaction.rollback()
  }
}

/** The same inside a transaction that goes on, which reads one query at a time so. */
export async function* pagesWithin<Row>(
  transaction: Knex,
  sql: string,
  bindings: Knex.RawBinding[],
): AsyncGenerator<Row[]> {
  // All rows will be read: Postgres would plan for the first tenth of them. And they are many, so
  // that grouping them in 4 MB would go by way of the disk.
  await transaction.raw(`set local cursor_tuple_fraction = 1; set local work_mem = '${WORK_MEM}'`)
  await transaction.raw(`declare page no scroll cursor for ${sql}`, bindings)
  while (true) {
    const { rows } = await transaction.raw<{ rows: Row[] }>(`fetch ${PAGE_SIZE} from page`)
    if (rows.length > 0) yield rows
    if (rows.length < PAGE_SIZE) break
  }
  await transaction.raw('close page')
}
