/** Longest wait for the database while somebody waits for an answer. */
const PATIENCE_MS = 1_000

/** The database does not answer now: told as 503, without details. */
export class Unavailable extends Error {
  override name = 'Unavailable'
  readonly status = 503
  readonly code = 'unavailable'
  readonly headers = { 'Retry-After': '5' }

  constructor(options?: ErrorOptions) {
    super('Sessions and accounts cannot be looked up now. Try again in a few seconds.', options)
  }
}

/**
 * What the database answers, or `Unavailable` when that takes longer than a second or when it
 * cannot be reached: a frozen database keeps nobody waiting. What was asked may still be done.
 */
export async function inTime<Result>(answer: PromiseLike<Result>): Promise<Result> {
  let timer: NodeJS.Timeout | undefined
  const late = new Promise<never>((_, reject) => {
    timer = setTimeout(() => reject(new Unavailable()), PATIENCE_MS)
  })
  try {
    return await Promise.race([answer, late])
  } catch (error) {
    throw isUnreachable(error) ? new Unavailable({ cause: error }) : error
  } finally {
    clearTimeout(timer)
  }
}

/** Node names failures of sockets by E and capitals; Postgres names its own by five digits or letters. */
function isUnreachable(error: unknown): boolean {
  return /^E[A-Z]{3,}$/.test((error as NodeJS.ErrnoException | null)?.code ?? '')
}
