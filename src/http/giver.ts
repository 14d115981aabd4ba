import type { ParameterizedContext } from 'koa'
import type { Address } from '../net/address'
import type { State } from './state'

/** Who gives an order, and from where as far as that is known: what the audit log keeps of it. */
export interface Giver {
  /** E-mail address of a person, or name of a key or job. */
  by: string
  from?: Address | undefined
}

/** Who gave the order that this request is; there must be an identity. */
export function giverOf(ctx: ParameterizedContext<State>): Giver {
  const { identity, client } = ctx.state
  return { by: identity!.name, from: client.address }
}
