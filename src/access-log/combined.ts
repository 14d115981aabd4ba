import type { Address } from '../net/address'
import { explainAddress } from '../net/refusal'
import {
  closingQuote,
  decimalNumber,
  digitsBetween,
  known,
  statusOf,
  unescapeField,
  wordEnd,
} from './fields'
import { entryOf, type FormatParser, type IsTrusted } from './format'
import { forwardedClient, plainClient } from './logged-client'
import { readRequestLine } from './request-line'
import { CLF_TIME_LENGTH, implausible, readClfTime, readTime } from './timestamp'

/** Who came, and as whom they signed in. */
interface Head {
  address: Address
  account: string
}

/**
 * The common and the combined log format, as Apache, nginx, LiteSpeed, Traefik, cPanel and many
 * others write them (https://httpd.apache.org/docs/2.4/logs.html#accesslog):
 *
 *     192.0.2.7 - anna [17/May/2015:10:05:03 +0000] "GET /a?b HTTP/1.1" 200 512 "referer" "agent"
 *     shop.example:443 192.0.2.7 - - [… the virtual host first, as in Apache's `vhost_combined`
 *     shop.example 192.0.2.7 - request-id - [… BunkerWeb
 *     192.0.2.7, 198.51.100.1 - - [… a forwarding header in place of the client (`plainClient`)
 *
 * More fields behind the size and behind the agent are passed over, but for two: Traefik's duration,
 * and the `X-Forwarded-For` that nginx writes third, which counts behind a trusted proxy. A line that
 * was cut off behind its size is an entry all the same.
 */
export function combinedFormat(isTrusted: IsTrusted): FormatParser {
  const readHead = headReader(isTrusted)

  return function parseCombined(line) {
    // A user name may hold brackets, but no quote: servers escape it.
    const timeEnd = line.indexOf('] "')
    const timeStart = line.lastIndexOf('[', timeEnd) + 1
    if (timeEnd < 0) return undefined
    if (timeStart === 0) return 'there is no [time] before the request'
    const head = readHead(line, timeStart - 2)
    if (head === undefined || typeof head === 'string') return head
    const isClf = timeEnd - timeStart === CLF_TIME_LENGTH
    const timestamp = isClf
      ? readClfTime(line, timeStart)
      : readTime(line.slice(timeStart, timeEnd))
    const doubt = implausible(timestamp)
    if (doubt) return doubt

    const requestStart = timeEnd + 3
    const requestEnd = endOfRequest(line, requestStart)
    if (requestEnd < 0) {
      const isOpen = closingQuote(line, requestStart) < 0
      return isOpen ? 'the request has no closing quote' : 'there is no status'
    }
    const status = statusOf(line.slice(requestEnd + 2, requestEnd + 5))
    const bytesStart = wordEnd(line, requestEnd + 2) + 1
    const bytesEnd = wordEnd(line, bytesStart)
    const bytes = digitsBetween(line, bytesStart, bytesEnd)
    if (bytes === undefined && !/^[-"]/.test(line.slice(bytesStart, bytesEnd))) {
      return 'there is no size'
    }

    const { referer, userAgent, more } = readTail(line, requestEnd + 2)
    return entryOf({
      address: forwardedTo(head.address, more, isTrusted),
      timestamp,
      ...readRequestLine(unescapeField(line.slice(requestStart, requestEnd))),
      status,
      durationMs: more.endsWith('ms') ? traefikDuration(more) : undefined,
      bytes,
      userAgent,
      referer,
      account: head.account,
    })
  }
}

/**
 * Reads what stands in front of the time. The client is the first word, or the second behind a
 * virtual host. A virtual host may look like an address, because a client chooses it: when both
 * words are addresses, the other lines of this log tell which one is the client's.
 */
function headReader(isTrusted: IsTrusted) {
  let hostFirst = true

  return function readHead(line: string, end: number): Head | string | undefined {
    const start = line[0] === '"' ? 1 : 0
    const firstEnd = endOfFirst(line, start)
    if (firstEnd > end) return undefined
    const firstText = line.slice(start, firstEnd)
    const first = plainClient(firstText, isTrusted)
    const secondEnd = Math.min(wordEnd(line, firstEnd + 1), end)
    const secondText = line.slice(firstEnd + 1, secondEnd)
    // A time in front is a collector's, and what follows is not a virtual host's client.
    const isHost = secondText !== '-' && Number.isNaN(readTime(firstText))
    const second = isHost ? plainClient(secondText, isTrusted) : undefined

    if (first === undefined && second === undefined) {
      return `does not begin with an address: ${explainAddress(firstText).slice(0, -1)}`
    }
    if (first === undefined || second === undefined) hostFirst = first === undefined
    const isSecond = second !== undefined && (first === undefined || hostFirst)
    const identityEnd = isSecond ? wordEnd(line, secondEnd + 1) : secondEnd
    return {
      address: isSecond ? second : first!,
      account: readAccount(line.slice(identityEnd + 1, end)),
    }
  }
}

/** A list of addresses has a blank behind each comma. */
function endOfFirst(line: string, start: number): number {
  let end = wordEnd(line, start)
  while (line[end - 1] === ',') end = wordEnd(line, end + 1)
  return end
}

/** The user behind the identity, which nobody asks for any more; BunkerWeb has a request's number in front. */
function readAccount(text: string): string {
  const account = text.startsWith('- ') ? text.slice(2) : text
  if (account === '-' || account === '""' || account.endsWith(' -')) return ''
  return unescapeField(account)
}

/**
 * The quote with a status behind it. Most servers escape a quote inside a request; of those that do
 * not, the first that fits is taken.
 */
function endOfRequest(line: string, from: number): number {
  for (let quote = closingQuote(line, from); quote >= 0; quote = closingQuote(line, quote + 1)) {
    const start = quote + 2
    if (line.startsWith(' - ', quote + 1)) return quote
    const isStatus = digitsBetween(line, start, start + 3) !== undefined
    if (isStatus && line[quote + 1] === ' ' && line[start + 3] === ' ') return quote
  }
  return -1
}

/**
 * The first two quoted fields behind the size, and all that follows. In a line that was cut off the
 * agent ends where the line does.
 */
function readTail(line: string, from: number) {
  const start = line.indexOf(' "', from) + 2
  const end = start > 1 ? closingQuote(line, start) : -1
  if (end < 0 || !line.startsWith(' "', end + 1)) return { more: '' }
  const agentStart = end + 3
  const agentEnd = closingQuote(line, agentStart)
  const userAgent = line.slice(agentStart, agentEnd < 0 ? undefined : agentEnd)
  return {
    referer: known(unescapeField(line.slice(start, end))),
    userAgent: known(unescapeField(userAgent)),
    more: agentEnd < 0 ? '' : line.slice(agentEnd + 1),
  }
}

/** nginx' own example of a log format ends with `"$http_x_forwarded_for"`. */
function forwardedTo(peer: Address, more: string, isTrusted: IsTrusted): Address {
  if (!more.startsWith(' "')) return peer
  const end = closingQuote(more, 2)
  return end < 0 ? peer : forwardedClient(peer, more.slice(2, end), isTrusted)
}

function traefikDuration(more: string): number | undefined {
  return decimalNumber(more.slice(more.lastIndexOf(' ') + 1, -2))
}
