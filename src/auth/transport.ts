import type { ParameterizedContext } from 'koa'
import type { State } from '../http/state'
import { parseAddress } from '../net/address'
import type { Network } from '../net/network'
import { NetworkSet } from '../net/network-set'
import { isLoopback } from '../net/private'

/**
 * How a request travelled: encrypted, only within the client's own machine, or in the clear.
 * The service speaks http, so encryption is what a trusted proxy says it did.
 */
export type Transport = 'https' | 'loopback' | 'clear'

/** Tells a request's transport; `X-Forwarded-Proto` counts when the peer is one of `trustedProxies`. */
export function transportReader(trustedProxies: readonly Network[]) {
  const proxies = NetworkSet.from(trustedProxies.map((network) => ({ network, value: true })))

  return function transportOf(ctx: ParameterizedContext<State>): Transport {
    // Of several values the last: the trusted peer wrote it, the others were sent to it.
    const scheme = ctx.get('x-forwarded-proto').split(',').at(-1)?.trim().toLowerCase()
    if (scheme === 'https' && proxies.find(ctx.state.client.peer)) return 'https'
    return isLoopbackName(ctx.hostname) ? 'loopback' : 'clear'
  }
}

/** Whether the client reached us by a name of its own machine. */
function isLoopbackName(hostname: string): boolean {
  if (hostname === 'localhost' || hostname.endsWith('.localhost')) return true // RFC 6761
  const address = parseAddress(hostname.replace(/^\[|\]$/g, ''))
  return address !== undefined && isLoopback(address)
}
