import type { Address } from '../net/address'

/** Who a request comes from, as far as it can be known. */
export interface Client {
  readonly address: Address
  /** The other end of the socket. */
  readonly peer: Address
  /** For people: why `address` is believed. */
  readonly because: string
}

/** Whom a request speaks for. */
export interface Identity {
  readonly kind: 'session' | 'key'
  /** E-mail address of the person, or name of the key. */
  readonly name: string
  readonly accountId?: number
  readonly role?: 'admin' | 'viewer'
  readonly scopes: readonly string[]
}

/** What the middleware of `app.ts` leaves in `ctx.state` for those behind it. */
export interface State {
  client: Client
  identity?: Identity
  /** Names a refusal: on the page, in the answer and in the service's own log. */
  incident?: string
}
