import type { IncomingHttpHeaders } from 'node:http'

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

/** The forwarding header of a request that matters most: `preferred`, or the most common one. */
export function forwardingHeaderIn(
  headers: IncomingHttpHeaders,
  preferred: string,
): string | undefined {
  if (headers[preferred] !== undefined) return preferred
  for (const name of FORWARDING_HEADERS) if (headers[name] !== undefined) return name
  return undefined
}

/** All forwarding headers of a request but the one that is believed. */
export function otherForwardingHeaders(headers: IncomingHttpHeaders, believed?: string): string[] {
  return FORWARDING_HEADERS.filter((name) => name !== believed && headers[name] !== undefined)
}
