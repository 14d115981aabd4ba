import type { Address } from '../net/address'

/** Who a request comes from, as far as it can be known. */
export interface Client {
  readonly address: Address
  /** The other end of the socket. */
  readonly peer: Address
  /** The header of a trusted proxy that was read; none of an untrusted one is. */
  readonly header?: string
  /** For people: why `address` is believed. */
  readonly because: string
}

/** Whom a request speaks for. */
export interface Identity {
  readonly kind: 'session' | 'key'
  /** E-mail address of the person, or name of the key. */
  readonly name: string
  readonly accountId?: number
  readonly keyId?: number
  readonly role?: 'admin' | 'viewer'
  readonly scopes: readonly string[]
  /** The tier that a key is bound to, if any. */
  readonly tier?: string | null
}

/** A request to another server that was judged here; it is recorded in place of the question. */
export interface Visit {
  readonly address: Address
  readonly method: string
  /** Path and query as the client sent them. */
  readonly target: string
  readonly userAgent: string
  readonly account: string | null
  readonly source: 'check' | 'forward-auth'
  /**
   * 403 when it was refused, 429 when it was one too many, 302 when it was sent to another page;
   * null when it may pass: with what it is answered, we do not know.
   */
  readonly status: 403 | 429 | 302 | null
  /** The client asked not to be followed. */
  readonly optedOut: boolean
  /** Whether it told the page it came from; undefined when the one who asks did not say. */
  readonly hasReferer?: boolean | undefined
}

/**
 * What refused a request, as it was then, without the network: with the stored address the prefix
 * tells it, and where addresses are stored shortened or as pseudonyms it must not tell more.
 */
export interface Refusal {
  /** The number that the answer names. */
  readonly incident: string
  /** Length of the blocked network's prefix. */
  readonly prefix: number
  readonly reason: string
  readonly source: 'person' | 'import' | 'detection'
  /** The list an imported block came from. */
  readonly sourceName: string | null
  /** ISO 8601; null when the block did not end by itself. */
  readonly expiresAt: string | null
}

/** What the middleware of `app.ts` leaves in `ctx.state` for those behind it. */
export interface State {
  client: Client
  identity?: Identity
  visit?: Visit
  refusal?: Refusal
}
