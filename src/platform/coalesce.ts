/**
 * Makes an action that is asked for more often than it can run. Callers share a run, but never one
 * that began before they asked, so that each sees what was true at that moment. One run at a time.
 */
export function coalesce<Result>(action: () => Promise<Result>): () => Promise<Result> {
  let running: Promise<unknown> = Promise.resolve()
  let next: Promise<Result> | undefined

  return () => {
    next ??= running.then(begin, begin)
    return next
  }

  function begin(): Promise<Result> {
    next = undefined
    const run = action()
    running = run
    return run
  }
}
