import type { Knex } from 'knex'
import { type CopiedRow, copyOut } from './copy-out'

/** A power of two, so that a part is told by the last bits of a hash. */
const PARTS = 64
/**
 * Rows that are asked for at once. More are quicker in all, for each statement looks at all rows; but
 * so many wide ones keep the embedded engine, which does one thing at a time, for half a second.
 */
const ROWS_AT_ONCE = 30_000
/** What one step of a query may take in the database before it uses the disk. */
const WORK_MEM = '192MB'

/**
 * The rows of a select that groups, by several statements, each for a part of the groups: no
 * statement takes long, others are served in between, and the database works on the next while we
 * read what the one before has found. A group is of one moment, but not all of the same.
 *
 * `select` is told the condition for the rows of a part. `hash` is an SQL expression for a whole
 * number that is the same for all rows of a group. Few groups are read by two statements.
 */
export async function inParts(
  knex: Knex,
  hash: string,
  select: (condition: string) => string,
  use: (row: CopiedRow) => void,
): Promise<void> {
  let found = 0
  const read = (from: number, to: number) => {
    const condition = `${hash} & ${PARTS - 1} between ${from} and ${to - 1}`
    return begin(knex, select(condition), (row) => {
      found++
      use(row)
    })
  }
  const first = read(0, 1)
  await first.ended
  const parts = Math.max(1, Math.floor(ROWS_AT_ONCE / Math.max(1, found)))

  let reading = first
  for (let from = 1; from < PARTS; from += parts) {
    const before = reading
    await before.found
    reading = read(from, Math.min(PARTS, from + parts))
    await before.ended.catch(async (error) => {
      await reading.ended.catch(() => {}) // It fails for the same reason, or is not needed.
      throw error
    })
  }
  await reading.ended
}

interface Reading {
  /** The database has done its work, and sends what it has found. */
  found: Promise<void>
  /** All is read, or it has failed. */
  ended: Promise<void>
}

function begin(knex: Knex, select: string, use: (row: CopiedRow) => void): Reading {
  let hasFound = () => {}
  const found = new Promise<void>((resolve) => {
    hasFound = resolve
  })
  const ended = knex.transaction(async (trx) => {
    // To compile such a query takes longer than to run it.
    await trx.raw(`set local work_mem = '${WORK_MEM}'; set local jit = off`)
    await copyOut(trx, select, (row) => {
      hasFound()
      use(row)
    })
  })
  ended.then(hasFound, hasFound)
  return { found, ended }
}
