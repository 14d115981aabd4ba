import { within } from '../../src/platform/patience'

/**
 * How many milliseconds longer `work` took than a wait of `waitMs` that began with it. What a busy
 * machine adds it adds to both, so the bound may be narrow.
 */
export async function longerThanWait(
  waitMs: number,
  work: () => Promise<unknown>,
): Promise<number> {
  const startedAt = performance.now()
  const passed = () => performance.now() - startedAt
  const waited = within(new Promise<never>(() => {}), waitMs).catch(passed)
  await work()
  return passed() - (await waited)
}

/** After so many tries it is not the machine that is slow. */
const MOST_TRIES = 100

/**
 * What `work` answers when it is done within `limitMs`; it is done again as long as it is not. For
 * what is true of a short time only: when the machine was elsewhere meanwhile, neither an answer nor
 * an error says anything. Throws when it never is.
 */
export async function inOneGo<Answer>(limitMs: number, work: () => Promise<Answer>) {
  for (let tries = 0; tries < MOST_TRIES; tries++) {
    const startedAt = performance.now()
    const outcome = await work().then(
      (answer) => ({ answer }),
      (error: unknown) => ({ error }),
    )
    if (performance.now() - startedAt >= limitMs) continue
    if ('error' in outcome) throw outcome.error
    return outcome.answer
  }
  throw new Error(`not once within ${limitMs} ms in ${MOST_TRIES} tries`)
}
