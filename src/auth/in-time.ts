import { within } from '../platform/patience'
import { asUnavailable } from '../platform/unavailable'

/** Longest wait for the database while somebody waits for an answer. */
const PATIENCE_MS = 900

/**
 * What the database answers, or `Unavailable` when that takes longer than a second or when it
 * cannot be reached: a frozen database keeps nobody waiting. What was asked may still be done.
 */
export async function inTime<Result>(answer: PromiseLike<Result>): Promise<Result> {
  try {
    return await within(answer, PATIENCE_MS)
  } catch (error) {
    throw asUnavailable(error)
  }
}
