import { within } from '../platform/patience'
import { asUnavailable } from '../platform/unavailable'

/** As long as a person likes to wait rather than to try again. */
const PATIENCE_MS = 5_000

/**
 * What the database answers, or `Unavailable` when that takes longer than five seconds or when it
 * cannot be reached. What was asked may still be done.
 *
 * A frozen server is not waited for so long: the lifeline breaks off what waits for it. This is for
 * a database that is alive and busy, the embedded one above all, which does one thing at a time.
 */
export async function inTime<Result>(answer: PromiseLike<Result>): Promise<Result> {
  try {
    return await within(answer, PATIENCE_MS)
  } catch (error) {
    throw asUnavailable(error)
  }
}
