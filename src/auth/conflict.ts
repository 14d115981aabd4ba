import type { ParameterizedContext } from 'koa'
import { AccountConflict, InvalidAccount } from './accounts'

/** What `change` comes to; what stands against it is told: 400 or 409. */
export async function tell<Result>(
  ctx: ParameterizedContext,
  change: Promise<Result>,
): Promise<Result> {
  try {
    return await change
  } catch (error) {
    if (error instanceof InvalidAccount) ctx.throw(400, error.message, { code: 'invalid' })
    if (error instanceof AccountConflict) ctx.throw(409, error.message, { code: 'conflict' })
    throw error
  }
}
