/** SQLSTATE classes of errors that the data is to blame for: bad values, constraints, sizes. */
const REFUSALS = ['22', '23', '54']

/**
 * Whether an error blames the records and not the database, so that trying again is of no use:
 * Postgres refuses a value, or a line of the spool is not a record.
 */
export function isRefusal(error: unknown): boolean {
  if (error instanceof SyntaxError || error instanceof RangeError) return true
  const { code } = error as { code?: unknown }
  const isState = typeof code === 'string' && code.length === 5
  return isState && REFUSALS.includes(code.slice(0, 2)) && !isMissingPartition(error)
}

/**
 * Whether Postgres has no partition for a row: a violated check without a name. Retention has
 * dropped a day that is still being written, and it will be made again.
 */
function isMissingPartition(error: unknown): boolean {
  const { code, constraint } = error as { code?: unknown; constraint?: unknown }
  return code === '23514' && constraint === undefined
}
