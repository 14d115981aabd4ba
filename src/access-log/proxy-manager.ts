import { digitsBetween, known, splitFields, statusOf, wholeNumber } from './fields'
import { entryOf, type FormatParser, type IsTrusted } from './format'
import { loggedClient } from './logged-client'
import { askedFor, readRequestLine } from './request-line'
import { implausible, readTime } from './timestamp'

const CLIENT = ' [Client '

/**
 * Logs of nginx-proxy-manager, and such as begin with time, host and client:
 *
 *     [10/Feb/2026:21:25:00 +0100] - 200 200 - GET https shop.example "/a" [Client 192.0.2.7] [Length 20] [Gzip 1.2] [Sent-to 10.0.0.5] "agent" "referer"
 *     [10/Feb/2026:21:23:32 +0100] shop.example 192.0.2.7 0.227 "GET /a HTTP/2.0" 207 125 440 - agent
 */
export function proxyManagerFormat(isTrusted: IsTrusted): FormatParser {
  return function parseProxyManager(line) {
    const timeEnd = line.indexOf('] ')
    if (line[0] !== '[' || timeEnd < 0) return undefined
    const timestamp = readTime(line.slice(1, timeEnd))
    if (Number.isNaN(timestamp)) return undefined
    const doubt = implausible(timestamp)
    if (doubt) return doubt
    const rest = line.slice(timeEnd + 2)
    return rest.includes(CLIENT)
      ? readOwn(rest, timestamp, isTrusted)
      : readTimeFirst(rest, timestamp, isTrusted)
  }
}

function readOwn(rest: string, timestamp: number, isTrusted: IsTrusted) {
  // Statuses of caches and upstreams stand in front of the one that was answered.
  const dash = rest.indexOf(' - ', rest.startsWith('- ') ? 1 : 0)
  const quote = rest.indexOf(' "', dash)
  if (dash < 0 || quote < 0) return undefined
  const status = statusOf(rest.slice(rest.lastIndexOf(' ', dash - 1) + 1, dash))
  const [method = ''] = rest.slice(dash + 3, quote).split(' ', 1)
  // A target holds no blanks, so the brackets behind it are the server's.
  const targetEnd = rest.indexOf('" [', quote + 2)
  if (targetEnd < 0 || !rest.startsWith(CLIENT, targetEnd + 1)) return undefined
  const clientEnd = rest.indexOf(']', targetEnd)
  const address = loggedClient(
    rest.slice(targetEnd + 1 + CLIENT.length, clientEnd < 0 ? undefined : clientEnd),
    isTrusted,
  )
  if (address === undefined) return 'there is no address behind [Client'
  const lengthAt = rest.indexOf(' [Length ', targetEnd) + ' [Length '.length
  const agentAt = rest.indexOf('] "', clientEnd) + 2
  const [userAgent, referer] = agentAt > 1 ? splitFields(rest.slice(agentAt), 2) : []
  return entryOf({
    address,
    timestamp,
    ...askedFor(method, rest.slice(quote + 2, targetEnd)),
    status,
    bytes: digitsBetween(rest, lengthAt, rest.indexOf(']', lengthAt)),
    userAgent: known(userAgent),
    referer: referer === undefined ? undefined : known(referer),
  })
}

function readTimeFirst(rest: string, timestamp: number, isTrusted: IsTrusted) {
  const [, client = '', , request, status, bytes, , referer, ...agent] = splitFields(rest, 60)
  const address = loggedClient(client, isTrusted)
  if (address === undefined || request === undefined || statusOf(status) === undefined) {
    return undefined
  }
  return entryOf({
    address,
    timestamp,
    ...readRequestLine(request),
    status: statusOf(status),
    bytes: wholeNumber(bytes),
    userAgent: known(agent.join(' ')),
    referer: referer === undefined ? undefined : known(referer),
  })
}
