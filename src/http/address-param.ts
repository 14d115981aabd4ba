import type { Context } from 'koa'
import { type Address, InvalidAddress, requireAddress } from '../net/address'

/**
 * The `*ip` of the route in its canonical form; throws 400 with a sentence when it is none. The
 * parameter takes the rest of the path, because a network with a slash wants that sentence too.
 */
export function addressParam(ctx: Context): Address {
  try {
    return requireAddress(ctx.params.ip)
  } catch (error) {
    if (error instanceof InvalidAddress) ctx.throw(400, error.message, { code: 'invalid_address' })
    throw error
  }
}
