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

/** A client, and how it was found. */
export interface Sighting extends Client {
  /** From a trusted proxy: how its header ended. Otherwise: why no header was read. */
  readonly how: Walk['end'] | 'no header' | 'untrusted peer' | 'no socket'
}

/** Tells who sends a request. */
export interface ClientReader {
  /** `trustPeer`: believe the header though the peer is not in the settings, for it has a key. */
  (request: IncomingMessage, options?: { trustPeer?: boolean }): Sighting
  isTrusted(address: Address): boolean
}

/** Looks on, request by request; has to be quick. */
export interface Observer {
  examine(request: IncomingMessage, client: Sighting): void
}

/**
 * Makes what finds out who asks: the peer of the socket or, when that is a trusted proxy, the
 * right-most address in the configured header that is not a trusted proxy itself. No other header
 * is read, whoever sends it. `observer` is shown every request.
 */
export function clientReader(config: Config, observer?: Observer): ClientReader {
  const { trustedProxies, clientIpHeader } = config
  const proxies = NetworkSet.from(
    trustedProxies.map((network) => ({ network, value: true as const })),
  )
  const isTrusted = (address: Address) => proxies.find(address) === true
  const remembered = new LRUCache<string, Sighting>({ max: MOST_REMEMBERED })

  function identify(remote: string, value: string, trustPeer: boolean): Sighting {
    const peer = readPeer(remote)
    if (peer === undefined) {
      const because = 'the socket has no address any more'
      return { address: NOBODY, peer: NOBODY, because, how: 'no socket' }
    }
    const fromSocket = (how: Sighting['how'], why: string): Sighting => {
      return { address: peer, peer, how, because: `the peer of the socket; ${why}` }
    }
    if (!trustPeer) {
      if (proxies.size === 0) return fromSocket('untrusted peer', 'no proxy is trusted')
      if (!isTrusted(peer)) return fromSocket('untrusted peer', 'it is not a trusted proxy')
    }
    if (value === '') {
      return fromSocket('no header', `a trusted proxy, but it sent no ${clientIpHeader}`)
    }
    const walk = walkForwarded(peer, clientIpHeader, value, isTrusted)
    return {
      address: fromHeader(walk.address),
      peer,
      header: clientIpHeader,
      how: walk.end,
      because: explain(peer, clientIpHeader, walk),
    }
  }

  function recall(remote: string, value: string): Sighting {
    const key = value === '' ? remote : `${remote} ${value}`
    let found = remembered.get(key)
    if (found === undefined) {
      found = identify(remote, value, false)
      if (value.length <= LONGEST_REMEMBERED) remembered.set(key, found)
    }
    return found
  }

  function readClient(request: IncomingMessage, { trustPeer = false } = {}): Sighting {
    const remote = request.socket.remoteAddress ?? ''
    const value = proxies.size === 0 && !trustPeer ? '' : headerOf(request, clientIpHeader)
    const found = trustPeer ? identify(remote, value, true) : recall(remote, value)
    observer?.examine(request, found)
    return found
  }

  return Object.assign(readClient, { isTrusted })
}

/** Leaves in `ctx.state.client` who asks. */
export function identifyClient(readClient: ClientReader): Middleware<State> {
  return function identifyClient(ctx, next) {
    ctx.state.client = readClient(ctx.req)
    return next()
  }
}

/** The peer in canonical form; a link-local one comes with the zone of this machine, `fe80::1%eth0`. */
function readPeer(remote: string): Address | undefined {
  return parseAddress(remote.replace(/%.*/, ''))
}

/** All lines of the header in their order, which node has joined with commas. */
function headerOf(request: IncomingMessage, name: string): string {
  const value = request.headers[name]
  return typeof value === 'string' ? value : ''
}

/**
 * request-ip believes the first header in its list, whoever sent it, so it is shown a request in
 * which nothing is left but the one address found.
 */
function fromHeader(found: Address): Address {
  const cleaned = { headers: { 'x-forwarded-for': found } }
  return parseAddress(getClientIp(cleaned) ?? '') ?? found
}

function explain(proxy: Address, header: string, { address, end }: Walk): string {
  const source = `${header} from the trusted proxy ${proxy}`
  switch (end) {
    case 'untrusted':
      return `${source}; its right-most address that is not a trusted proxy`
    case 'not an address':
      return address === proxy
        ? `the peer of the socket; its ${header} does not end in an address`
        : `${source}; what stands before ${address} in it is not an address`
    case 'all trusted':
      return `${source}; every address in it is a trusted proxy, so the first counts`
  }
}
