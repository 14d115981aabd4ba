import type { Address } from '../net/address'
import type { Network } from '../net/network'

/** The settings that decide who a client is. */
export interface Settings {
  trustedProxies: readonly Network[]
  clientIpHeader: string
}

/** Something that keeps clients from being told apart, and what would mend it. */
export interface Symptom {
  readonly code:
    | 'untrusted_proxy'
    | 'other_header'
    | 'no_header'
    | 'unreadable_header'
    | 'one_address'
    | 'everybody_trusted'
  /** For anyone: names settings and headers, and nobody's address. */
  readonly summary: string
  /** For admins: the same with addresses. */
  readonly detail: string
  /** What could be set, `TRUSTED_PROXIES=172.18.0.1`; empty when only a person can know. */
  readonly settings: readonly string[]
}

const SPOOFING = 'Anybody can send such a header: do so only if this is your own proxy.'

/** A peer in a private network forwards, and is not trusted. */
export function trustProxy(settings: Settings, peer: Address, header: string): Symptom {
  const lines = [trusting(settings, peer)]
  if (header !== settings.clientIpHeader) lines.push(`CLIENT_IP_HEADER=${header}`)
  return {
    code: 'untrusted_proxy',
    summary: `Requests with the header ${header} come from a peer that is not in TRUSTED_PROXIES, so the header is ignored.`,
    detail: `Requests with the header ${header} come from ${peer}, which is not in TRUSTED_PROXIES, so the header is ignored and ${peer} counts as the client. To believe it, set ${lines.join(' and ')}. ${SPOOFING}`,
    settings: lines,
  }
}

/** Most requests of untrusted public peers have a forwarding header. Nobody is suggested. */
export function findProxy(peer: Address, header: string): Symptom {
  return {
    code: 'untrusted_proxy',
    summary: `Most requests have the header ${header} and come from peers that are not in TRUSTED_PROXIES, so the header is ignored.`,
    detail: `Most requests have the header ${header} and come from public addresses that are not in TRUSTED_PROXIES, ${peer} for one, so the header is ignored. If a content delivery network or load balancer of yours stands in front, set TRUSTED_PROXIES to the networks that its provider publishes. Anybody on the Internet can send such a header: never trust an address because it does.`,
    settings: [],
  }
}

/** A trusted proxy sends another forwarding header than the one that is believed. */
export function readOtherHeader(configured: string, proxy: Address, other: string): Symptom {
  const setting = `CLIENT_IP_HEADER=${other}`
  return {
    code: 'other_header',
    summary: `A trusted proxy sends ${other} and no ${configured}, which CLIENT_IP_HEADER names. If it is the proxy that writes it: ${setting}.`,
    detail: `The trusted proxy ${proxy} sends ${other} and no ${configured}, so it counts as the client itself. If it is the proxy that writes ${other}, and it replaces what clients send, set ${setting}; otherwise let it send ${configured}.`,
    settings: [setting],
  }
}

/** A trusted proxy has never sent the header. */
export function sendHeader(configured: string, proxy: Address): Symptom {
  return {
    code: 'no_header',
    summary: `A trusted proxy sends no ${configured}, which CLIENT_IP_HEADER names, nor another header with the client's address.`,
    detail: `The trusted proxy ${proxy} sends no ${configured}, nor another header with the client's address, so it counts as the client itself. Let it send ${configured}, or take it out of TRUSTED_PROXIES if it is no proxy.`,
    settings: [],
  }
}

/** The header of a trusted proxy does not end in an address. */
export function sendAddress(configured: string, proxy: Address): Symptom {
  const oneOnly = ['x-forwarded-for', 'forwarded'].includes(configured)
    ? ''
    : ' This header holds one address alone, in one line; for a list set CLIENT_IP_HEADER=x-forwarded-for.'
  return {
    code: 'unreadable_header',
    summary: `The ${configured} of a trusted proxy, which CLIENT_IP_HEADER names, does not end in an address.`,
    detail: `The ${configured} of the trusted proxy ${proxy} does not end in an address, so the proxy counts as the client itself. Let it append the address of its own peer.${oneOnly}`,
    settings: [],
  }
}

/** Everything came from one private address so far: something stands in between. */
export function findHiddenProxy(settings: Settings, address: Address, requests: number): Symptom {
  const setting = trusting(settings, address)
  return {
    code: 'one_address',
    summary: `All of the first ${requests} requests came from one private address: visitors may be hidden behind a proxy that is not in TRUSTED_PROXIES.`,
    detail: `All of the first ${requests} requests came from ${address}, a private address: visitors may be hidden behind a proxy or the address translation of a container network. If it is your proxy, let it send ${settings.clientIpHeader} and set ${setting}.`,
    settings: [setting],
  }
}

/** Everybody is a trusted proxy, so everybody chooses an address. */
export function trustFewer(everybody: Network): Symptom {
  return {
    code: 'everybody_trusted',
    summary: `TRUSTED_PROXIES holds ${everybody}, the whole Internet: anybody can choose as whom to be seen.`,
    detail: `TRUSTED_PROXIES holds ${everybody}, the whole Internet: anybody can choose as whom to be seen, and pass every block and limit. Set it to the addresses of your proxies.`,
    settings: [],
  }
}

/** The setting with one more proxy. */
function trusting({ trustedProxies }: Settings, proxy: Address): string {
  return `TRUSTED_PROXIES=${[...trustedProxies, proxy].join(',')}`
}
