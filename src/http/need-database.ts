import type { Middleware } from 'koa'
import type { Lifeline } from '../platform/lifeline'
import { asUnavailable } from '../platform/unavailable'

/**
 * Stands before routes that cannot be answered without the database: 503 at once while it is away,
 * and as soon as it goes away, whatever the route was waiting for. What was asked may still be done.
 */
export function needDatabase(database: Pick<Lifeline, 'whileUp'>): Middleware {
  return async function needDatabase(_ctx, next) {
    try {
      await database.whileUp(next)
    } catch (error) {
      throw asUnavailable(error)
    }
  }
}
