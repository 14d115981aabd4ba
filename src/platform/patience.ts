const STEPS = 5

/** What was waited for did not come in time. */
export class Late extends Error {
  override name = 'Late'
}

/**
 * What `answer` resolves to; rejects with `Late` when it has not after `limitMs`.
 *
 * Timers are told before sockets are read, and a process that is short of processor time is told
 * late: a bare timer takes a busy moment here for a silent neighbour. So an answer that is there
 * already counts, and the time is waited in steps, each as long as this process lets it be.
 */
export async function within<Result>(
  answer: PromiseLike<Result>,
  limitMs: number,
): Promise<Result> {
  let timer: NodeJS.Timeout | undefined
  const late = new Promise<never>((_, reject) => {
    function wait(steps: number): void {
      const step = () => setImmediate(() => wait(steps - 1))
      if (steps > 0) timer = setTimeout(step, limitMs / STEPS)
      else reject(new Late(`no answer within ${limitMs} ms`))
    }
    wait(STEPS)
  })
  try {
    return await Promise.race([answer, late])
  } finally {
    clearTimeout(timer)
  }
}
