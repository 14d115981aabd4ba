import type { Middleware } from 'koa'

/** Two middlewares as one, for routes that are handed what stands in front of them. */
export function inOrder<State>(first: Middleware<State>, second: Middleware<State>) {
  const both: Middleware<State> = (ctx, next) => first(ctx, () => second(ctx, next))
  return both
}
