import { explainAddress } from '../net/refusal'
import { decimalNumber, statusOf, wholeNumber } from './fields'
import { entryOf, type FormatParser } from './format'
import { clientBeforePort } from './logged-client'
import { readRequestLine } from './request-line'
import { implausible, readTime } from './timestamp'

/**
 * HAProxy's HTTP and HTTPS log (https://docs.haproxy.org/3.0/configuration.html#8.2.3):
 *
 *     192.0.2.7:14853 [06/Mar/2026:12:48:57.127] https-in~ shop/web1 170/0/0/3/173 200 739 - - ---- 1/1/0/0/0 0/0 "GET /a HTTP/1.1"
 *
 * Times have no zone and are taken for UTC. What HAProxy captured of headers is passed over.
 */
export const parseHaproxy: FormatParser = (line) => {
  const clientEnd = line.indexOf(' [')
  const timeEnd = line.indexOf('] ')
  if (clientEnd < 0 || clientEnd > 60 || timeEnd < clientEnd || timeEnd > 100) return undefined
  if (line.lastIndexOf(':', clientEnd) < 0 || line.indexOf(' ') !== clientEnd) return undefined
  const timestamp = readTime(line.slice(clientEnd + 2, timeEnd))
  if (Number.isNaN(timestamp)) return undefined
  const doubt = implausible(timestamp)
  if (doubt) return doubt
  const client = line.slice(0, clientEnd)
  const address = clientBeforePort(client)
  if (address === undefined) return explainAddress(client).slice(0, -1)

  // HAProxy escapes a quote inside, also of captured headers.
  const start = line.indexOf(' "', timeEnd) + 2
  if (start === 1) return 'a connection without a request'
  const end = line.indexOf('"', start)
  const [, , timers = '', status, bytes] = line.slice(timeEnd + 2, start - 2).split(' ', 5)
  const request = line.slice(start, end < 0 ? undefined : end)
  return entryOf({
    address,
    timestamp,
    ...readRequestLine(unescapeHash(request)),
    status: statusOf(status),
    durationMs: decimalNumber(withoutPlus(timers.slice(timers.lastIndexOf('/') + 1))),
    bytes: wholeNumber(withoutPlus(bytes ?? '')),
  })
}

/** In front of a number that went on counting after it was logged. */
function withoutPlus(text: string): string {
  return text.startsWith('+') ? text.slice(1) : text
}

function unescapeHash(text: string): string {
  return text.replace(/#([0-9A-F]{2})/g, (_, hex) => String.fromCharCode(Number.parseInt(hex, 16)))
}
