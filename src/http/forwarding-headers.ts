import type { IncomingHttpHeaders, IncomingMessage } from 'node:http'

/**
 * Headers in which proxies say who the client is, the common ones first. Anybody can send them;
 * the list serves to notice that somebody does, never to believe it.
 */
const FORWARDING_HEADERS = [
  'x-forwarded-for',
  'forwarded',
  'x-real-ip',
  'cf-connecting-ip',
  'true-client-ip',
  'fly-client-ip',
  'fastly-client-ip',
  'x-client-ip',
  'x-cluster-client-ip',
  'x-azure-clientip',
  'x-envoy-external-address',
  'x-appengine-user-ip',
  'cloudfront-viewer-address',
  'x-forwarded',
  'forwarded-for',
]

/** How their names begin. */
const BEGINNINGS = new Set(FORWARDING_HEADERS.map((name) => beginning(name)))

/** The forwarding header of a request that matters most: `preferred`, or the most common one. */
export function forwardingHeaderIn(
  { headers, rawHeaders }: Pick<IncomingMessage, 'headers' | 'rawHeaders'>,
  preferred: string,
): string | undefined {
  if (headers[preferred] !== undefined) return preferred
  if (!mayBeIn(rawHeaders)) return undefined
  for (const name of FORWARDING_HEADERS) if (headers[name] !== undefined) return name
  return undefined
}

/** All forwarding headers of a request but the one that is believed. */
export function otherForwardingHeaders(headers: IncomingHttpHeaders, believed?: string): string[] {
  return FORWARDING_HEADERS.filter((name) => name !== believed && headers[name] !== undefined)
}

/** Whether one of them may be among these names and values: hardly ever when none of them is. */
function mayBeIn(rawHeaders: readonly string[]): boolean {
  for (let i = 0; i < rawHeaders.length; i += 2) {
    if (BEGINNINGS.has(beginning(rawHeaders[i]!))) return true
  }
  return false
}

/** The first two letters of a name as a number, whatever their case. */
function beginning(name: string): number {
  return ((name.charCodeAt(0) | 0x20) << 8) | (name.charCodeAt(1) | 0x20)
}
