/** What was waited for did not come in time. */
export class Late extends Error {
  override name = 'Late'
}

/**
 * What `answer` resolves to; rejects with `Late` when it has not after `limitMs`.
 *
 * An answer that is there already counts, however busy this process was: timers are told before
 * sockets are read, so that a bare timer takes a moment of much work here for a silent neighbour.
 */
export async function within<Result>(
  answer: PromiseLike<Result>,
  limitMs: number,
): Promise<Result> {
  let timer: NodeJS.Timeout | undefined
  const late = new Promise<never>((_, reject) => {
    const giveUp = () => reject(new Late(`no answer within ${limitMs} ms`))
    timer = setTimeout(() => setImmediate(giveUp), limitMs)
  })
  try {
    return await Promise.race([answer, late])
  } finally {
    clearTimeout(timer)
  }
}
