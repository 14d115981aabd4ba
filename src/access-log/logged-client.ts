import { type Address, parseAddress } from '../net/address'
import { readHop, walkForwarded } from '../net/forwarded'
import type { IsTrusted } from './format'

/**
 * The client in the field that a server wrote for it: an address, in brackets or with a port too.
 * A list, as servers behind proxies write it, is read from the right as the service reads
 * `X-Forwarded-For`: the server vouches for the last element, and a trusted proxy for the one
 * before it. Undefined when the last element is no address: host names are not looked up.
 */
export function loggedClient(text: string, isTrusted: IsTrusted): Address | undefined {
  const plain = parseAddress(text)
  if (plain !== undefined) return plain
  const comma = text.lastIndexOf(',')
  // A zone means something on the server's own machine only.
  const last = readHop(
    text
      .slice(comma + 1)
      .trim()
      .replace(/%.*/s, ''),
  )
  if (last === undefined || comma < 0) return last
  return forwardedClient(last, text.slice(0, comma), isTrusted)
}

/** The same where servers write addresses as they are: one with a port, brackets or a zone is none. */
export function plainClient(text: string, isTrusted: IsTrusted): Address | undefined {
  const comma = text.lastIndexOf(',')
  const last = parseAddress(comma < 0 ? text : text.slice(comma + 1).trim())
  if (last === undefined || comma < 0) return last
  return forwardedClient(last, text.slice(0, comma), isTrusted)
}

/** Who came through `peer` by the `X-Forwarded-For` that a log has beside it: believed from trusted proxies only. */
export function forwardedClient(peer: Address, header: string, isTrusted: IsTrusted): Address {
  if (!isTrusted(peer)) return peer
  return walkForwarded(peer, 'x-forwarded-for', header, isTrusted).address
}

/** The client in front of the port that HAProxy and load balancers always write, IPv6 without brackets too. */
export function clientBeforePort(text: string): Address | undefined {
  const colon = text.lastIndexOf(':')
  return colon < 0 ? undefined : (parseAddress(text.slice(0, colon)) ?? readHop(text))
}
