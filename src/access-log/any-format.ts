import type { Network } from '../net/network'
import { NetworkSet } from '../net/network-set'
import { parseElb } from './aws-elb'
import { combinedFormat } from './combined'
import { cpanelLoginFormat } from './cpanel'
import { apacheErrorFormat, nginxErrorFormat } from './error-log'
import type { FormatParser, IsTrusted, LineParser } from './format'
import { parseHaproxy } from './haproxy'
import { iisEventFormat } from './iis-event'
import { jsonFormat } from './json/json'
import { proxyManagerFormat } from './proxy-manager'
import { w3cFormat } from './w3c'
import { unwrapped } from './wrapped'
import { zoraxyFormat } from './zoraxy'

/** Wrappers inside each other: a line of nginx in syslog in a container's log in JSON. */
const DEEPEST = 3

/** Lines about the log itself. */
const ABOUT_THE_LOG = /^(?:#|\s*$)/

/**
 * Reads the lines of one log in any format, mixed ones too: the format of the line before is tried
 * first, then the others, then what stands behind a collector's prefix (`unwrapped`). No line is of
 * two formats, so that the order is a matter of speed.
 */
export function anyFormat(isTrusted: IsTrusted = trustsNobody): LineParser {
  const formats: FormatParser[] = [
    combinedFormat(isTrusted),
    jsonFormat(isTrusted, (message) => parse(message, DEEPEST - 1)),
    w3cFormat(isTrusted),
    parseHaproxy,
    parseElb,
    proxyManagerFormat(isTrusted),
    nginxErrorFormat(isTrusted),
    apacheErrorFormat(isTrusted),
    cpanelLoginFormat(isTrusted),
    zoraxyFormat(isTrusted),
    iisEventFormat(isTrusted),
  ]
  /** At which depths the line before had a prefix. */
  const wrapped = new Set<number>()

  function parse(line: string, depth: number): ReturnType<FormatParser> {
    if (wrapped.has(depth)) {
      const entry = parseUnwrapped(line, depth)
      if (typeof entry === 'object') return entry
      wrapped.delete(depth)
    }
    const entry = parsePlain(line)
    if (typeof entry === 'object' || depth === 0) return entry
    const inner = parseUnwrapped(line, depth)
    if (typeof inner === 'object') wrapped.add(depth)
    return inner ?? entry
  }

  function parsePlain(line: string): ReturnType<FormatParser> {
    let reason: string | undefined
    for (const format of formats) {
      const entry = format(line)
      if (typeof entry === 'object') {
        if (format !== formats[0]) formats.unshift(...formats.splice(formats.indexOf(format), 1))
        return entry
      }
      reason ??= entry
    }
    return reason
  }

  function parseUnwrapped(line: string, depth: number): ReturnType<FormatParser> {
    let reason: string | undefined
    for (const inner of unwrapped(line)) {
      const entry = parse(inner, depth - 1)
      if (typeof entry === 'object') return entry
      reason ??= entry
    }
    return reason
  }

  return function parseLine(line) {
    const entry = parse(line, DEEPEST)
    if (entry !== undefined || ABOUT_THE_LOG.test(line)) return entry
    return 'not a request in any known format'
  }
}

/** Trusts `TRUSTED_PROXIES`, as the service does. */
export function trusting(proxies: readonly Network[]): IsTrusted {
  const set = NetworkSet.from(proxies.map((network) => ({ network, value: true as const })))
  return (address) => set.find(address) === true
}

function trustsNobody(): boolean {
  return false
}
