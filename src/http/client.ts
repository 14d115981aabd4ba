import type { IncomingMessage } from 'node:http'
import type { Middleware } from 'koa'
import { LRUCache } from 'lru-cache'
import { getClientIp } from 'request-ip'
import { type Address, parseAddress } from '../net/address'
import { type Walk, walkForwarded } from '../net/forwarded'
import type { Network } from '../net/network'
import { NetworkSet } from '../net/network-set'
import type { Client, State } from './state'

/** Most clients remembered: resolving one takes microseconds, finding it again does not. */
const MOST_REMEMBERED = 5_000
/** Longer header values are resolved anew each time, so that what is remembered stays small. */
const LONGEST_REMEMBERED = 200

/** A socket without an address: it is already closed, so that nobody will read the answer. */
const NOBODY = '0.0.0.0' as Address

interface Config {
  /** Whose header is believed; nobody's when empty. */
  trustedProxies: readonly Network[]
  /** The one header that is believed, in lower case. */
  clientIpHeader: string
}

/** Tells who sends a request. */
export interface ClientReader {
  /** `trustPeer`: believe the header though the peer is not in the settings, for it has a key. */
  (request: IncomingMessage, options?: { trustPeer?: boolean }): Client
  isTrusted(address: Address): boolean
}

/**
 * Makes what finds out who asks: the peer of the socket or, when that is a trusted proxy, the
 * right-most address in the configured header that is not a trusted proxy itself. No other header
 * is read, whoever sends it.
 */
export function clientReader({ trustedProxies, clientIpHeader }: Config): ClientReader {
  const proxies = NetworkSet.from(
    trustedProxies.map((network) => ({ network, value: true as const })),
  )
  const isTrusted = (address: Address) => proxies.find(address) === true
  const remembered = new LRUCache<string, Client>({ max: MOST_REMEMBERED })

  function identify(remote: string, value: string, trustPeer: boolean): Client {
    const peer = readPeer(remote)
    if (peer === undefined) {
      return { address: NOBODY, peer: NOBODY, because: 'the socket has no address any more' }
    }
    const fromSocket = (why: string) => client(peer, peer, `the peer of the socket; ${why}`)
    if (!trustPeer) {
      if (proxies.size === 0) return fromSocket('no proxy is trusted')
      if (!isTrusted(peer)) return fromSocket('it is not a trusted proxy')
    }
    if (value === '') return fromSocket(`a trusted proxy, but it sent no ${clientIpHeader}`)

    const walk = walkForwarded(peer, clientIpHeader, value, isTrusted)
    return client(peer, walk.address, explain(peer, clientIpHeader, walk))
  }

  function readClient(request: IncomingMessage, { trustPeer = false } = {}): Client {
    const remote = request.socket.remoteAddress ?? ''
    const value = proxies.size === 0 && !trustPeer ? '' : headerOf(request, clientIpHeader)
    if (trustPeer) return identify(remote, value, true)

    const key = value === '' ? remote : `${remote} ${value}`
    let found = remembered.get(key)
    if (found === undefined) {
      found = identify(remote, value, false)
      if (value.length <= LONGEST_REMEMBERED) remembered.set(key, found)
    }
    return found
  }

  return Object.assign(readClient, { isTrusted })
}

/** Leaves in `ctx.state.client` who asks. */
export function identifyClient(readClient: ClientReader): Middleware<State> {
  return async function identifyClient(ctx, next) {
    ctx.state.client = readClient(ctx.req)
    await next()
  }
}

/** The peer in canonical form; a link-local one comes with the zone of this machine, `fe80::1%eth0`. */
function readPeer(remote: string): Address | undefined {
  return parseAddress(remote.replace(/%.*/, ''))
}

/** All lines of the header, joined; node has joined most of them already. */
function headerOf(request: IncomingMessage, name: string): string {
  const value = request.headers[name]
  return Array.isArray(value) ? value.join(',') : (value ?? '')
}

/**
 * request-ip believes the first header in its list, whoever sent it, so it is shown a request in
 * which nothing is left but the one address found.
 */
function client(peer: Address, found: Address, because: string): Client {
  const cleaned = { headers: { 'x-forwarded-for': found } }
  const address = parseAddress(getClientIp(cleaned) ?? '') ?? found
  return { address, peer, because }
}

function explain(proxy: Address, header: string, { address, end }: Walk): string {
  const source = `${header} from the trusted proxy ${proxy}`
  switch (end) {
    case 'untrusted':
      return `${source}; its right-most address that is not a trusted proxy`
    case 'not an address':
      return `${source}; what stands before ${address} in it is not an address`
    case 'all trusted':
      return `${source}; every address in it is a trusted proxy, so the first counts`
  }
}
