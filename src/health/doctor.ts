import type { IncomingMessage } from 'node:http'
import type { Observer, Sighting } from '../http/client'
import { forwardingHeaderIn } from '../http/forwarding-headers'
import type { Address } from '../net/address'
import { partsOf } from '../net/network'
import { isPrivate } from '../net/private'
import type { Logger } from '../platform/logger'
import * as remedies from './remedies'

/** Requests after which what all of them have in common means something. */
const ENOUGH = 100
/** Most warnings kept; whoever can cause more of them is not helped by more. */
const MOST_WARNINGS = 20
/** Most trusted proxies told apart. */
const MOST_PROXIES = 64
/** Of a proxy that has sent the header once: what it asks without, it asks for itself. */
const SPEAKS = Number.NEGATIVE_INFINITY

const FORWARD_AUTH = '/v1/forward-auth'

/** A symptom, and since when it is known. */
export interface Warning extends remedies.Symptom {
  readonly since: Date
}

/**
 * Notices from the requests that come by that the service cannot see who its clients are, and says
 * once for each cause which setting would mend it.
 *
 * It changes nothing and believes nobody: anyone can send a forwarding header, so what it suggests
 * is for a person to judge. It takes well below a microsecond per request, in bounded memory.
 */
export class Doctor implements Observer {
  readonly #settings: remedies.Settings
  readonly #log: Pick<Logger, 'warn'>
  /** By cause: a peer, or `public` or `sole`. */
  readonly #warnings = new Map<string, Warning>()
  /** Requests of untrusted peers, and how many of them had a forwarding header. */
  readonly #untrusted = { requests: 0, forwarding: 0 }
  /** By trusted proxy: requests without the configured header, or `SPEAKS`. */
  readonly #silent = new Map<Address, number>()
  /** The one address that everything came from so far; undefined once there are two. */
  #sole?: { address?: Address; requests: number } = { requests: 0 }

  constructor(settings: remedies.Settings, log: Pick<Logger, 'warn'>) {
    this.#settings = settings
    this.#log = log
    const everybody = settings.trustedProxies.find((network) => partsOf(network).prefix === 0)
    if (everybody) this.#warn(everybody, () => remedies.trustFewer(everybody))
  }

  /** What is wrong, the oldest first. */
  get warnings(): Warning[] {
    return [...this.#warnings.values()]
  }

  examine(request: IncomingMessage, client: Sighting): void {
    if (client.how === 'no socket') return
    if (client.how === 'untrusted peer') this.#examineUntrusted(request, client.peer)
    else if (client.how === 'no header') this.#examineSilent(request, client.peer)
    else this.#examineHeader(client)
    if (this.#sole) this.#examineSole(this.#sole, request, client.address)
  }

  /** A proxy that is not in the settings; or anybody who pretends to be one. */
  #examineUntrusted(request: IncomingMessage, peer: Address): void {
    // Who asks there with a key is believed all the same.
    if (request.url?.startsWith(FORWARD_AUTH)) return
    const seen = this.#untrusted
    seen.requests++
    const header = forwardingHeaderIn(request, this.#settings.clientIpHeader)
    if (header === undefined) return

    seen.forwarding++
    if (isPrivate(peer)) {
      this.#warn(peer, () => remedies.trustProxy(this.#settings, peer, header))
    } else if (seen.forwarding >= ENOUGH && 2 * seen.forwarding > seen.requests) {
      this.#warn('public', () => remedies.findProxy(peer, header))
    }
  }

  /** A trusted proxy without the configured header: a probe of its own, or the wrong setting. */
  #examineSilent(request: IncomingMessage, proxy: Address): void {
    const { clientIpHeader } = this.#settings
    const other = forwardingHeaderIn(request, clientIpHeader)
    if (other !== undefined && other !== clientIpHeader) {
      this.#warn(proxy, () => remedies.readOtherHeader(clientIpHeader, proxy, other))
    } else if (!isProbe(request.url ?? '')) {
      const requests = (this.#silent.get(proxy) ?? 0) + 1
      if (requests > 1 || this.#silent.size < MOST_PROXIES) this.#silent.set(proxy, requests)
      if (requests === ENOUGH) this.#warn(proxy, () => remedies.sendHeader(clientIpHeader, proxy))
    }
  }

  #examineHeader({ how, peer, address }: Sighting): void {
    if (how === 'not an address' && address === peer) {
      this.#warn(peer, () => remedies.sendAddress(this.#settings.clientIpHeader, peer))
    } else if (this.#silent.get(peer) !== SPEAKS && this.#silent.size < MOST_PROXIES) {
      this.#silent.set(peer, SPEAKS)
    }
  }

  #examineSole(
    sole: { address?: Address; requests: number },
    { url = '' }: IncomingMessage,
    address: Address,
  ): void {
    // What the operator's own programs ask says nothing about visitors.
    if (isProbe(url) || (url.startsWith('/v1/') && !url.startsWith(FORWARD_AUTH))) return
    sole.address ??= address
    if (sole.address !== address) {
      this.#warnings.delete('sole')
      this.#sole = undefined
    } else if (++sole.requests === ENOUGH && isPrivate(address) && !this.#warnings.has(address)) {
      this.#warn('sole', () => remedies.findHiddenProxy(this.#settings, address, ENOUGH))
    }
  }

  #warn(cause: string, symptom: () => remedies.Symptom): void {
    if (this.#warnings.has(cause) || this.#warnings.size >= MOST_WARNINGS) return
    const warning = { ...symptom(), since: new Date() }
    this.#warnings.set(cause, warning)
    const { code, settings, detail } = warning
    this.#log.warn({ code, settings }, detail)
  }
}

function isProbe(url: string): boolean {
  return url.startsWith('/livez') || url.startsWith('/readyz')
}
