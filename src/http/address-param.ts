import type { Context } from 'koa'
import { type Address, InvalidAddress, requireAddress } from '../net/address'

/** The `:ip` of the route in its canonical form; throws 400 with a sentence when it is none. */
export function addressParam(ctx: Context): Address {
  return readAddress(ctx, ctx.params.ip)
}

/** `text` in its canonical form; throws 400 with a sentence when it is no address. */
export function readAddress(ctx: Context, text: string): Address {
  try {
    return requireAddress(text)
  } catch (error) {
    if (error instanceof InvalidAddress) ctx.throw(400, error.message, { code: 'invalid_address' })
    throw error
  }
}
