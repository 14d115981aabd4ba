import type { Middleware } from 'koa'

/** One middleware that runs these one inside the other, at least one. */
export function inOrder<State>(...all: Middleware<State>[]): Middleware<State> {
  const [first, ...rest] = all
  if (rest.length === 0) return first!
  const others = inOrder(...rest)
  // Asynchronous, so that who calls `next` gets a promise, whatever stands behind it.
  return (ctx, next) => first!(ctx, async () => others(ctx, next))
}
