import { explainAddress } from '../net/refusal'
import { closingQuote, unescapeField } from './fields'
import { entryOf, type FormatParser, type IsTrusted } from './format'
import { loggedClient } from './logged-client'
import { readRequestLine } from './request-line'
import { implausible, readTime } from './timestamp'

const NO_REQUEST = 'a line of an error log without a request'

/** What nginx says in its error log, and what it answers then. */
const NGINX_ANSWERS: readonly [says: string, status: number][] = [
  ['(2: No such file or directory)', 404],
  ['(20: Not a directory)', 404],
  ['access forbidden by rule', 403],
  ['directory index of', 403],
  ['(13: Permission denied)', 403],
  ['no user/password was provided', 401],
  ['password mismatch', 401],
  ['was not found in', 401],
  ['client intended to send too large body', 413],
  ['limiting requests', 503],
  ['upstream timed out', 504],
  ['while connecting to upstream', 502],
]

/**
 * Lines of nginx' error log that name a client and its request. They have no status; of the common
 * ones it is known what nginx answered. Times are taken for UTC.
 *
 *     2026/05/01 14:14:02 [error] 12#12: *3 open() "/srv/x" failed (2: No such file or directory), client: 192.0.2.7, server: _, request: "GET /x HTTP/1.1", host: "shop.example"
 */
export function nginxErrorFormat(isTrusted: IsTrusted): FormatParser {
  return function parseNginxError(line) {
    const time = line.slice(0, 19)
    if (line[4] !== '/' || !line.startsWith(' [', 19)) return undefined
    const timestamp = readTime(time)
    const doubt = implausible(timestamp)
    if (doubt) return undefined
    const mark = ', client: '
    const at = line.indexOf(mark)
    if (at < 0) return NO_REQUEST
    // The message and the referrer hold what the client sent, commas and quotes too.
    if (line.indexOf(mark, at + 1) > 0) return 'it names two clients, one of which may be forged'
    const text = line.slice(at + mark.length, line.indexOf(',', at + mark.length))
    const address = loggedClient(text, isTrusted)
    if (address === undefined) return explainAddress(text).slice(0, -1)
    const request = line.indexOf(', request: "', at)
    const start = request + ', request: "'.length
    const end = closingQuote(line, start)
    if (request < 0 || end < 0) return NO_REQUEST
    const says = line.slice(20, at)
    return entryOf({
      address,
      timestamp,
      ...readRequestLine(unescapeField(line.slice(start, end))),
      status: NGINX_ANSWERS.find(([text]) => says.includes(text))?.[1],
    })
  }
}

/** Messages of Apache that end with the request, by what stands in front of it, and its answer. */
const APACHE_REQUESTS: readonly [says: string, status: number][] = [
  ['Invalid URI in request ', 400],
  ['Invalid method in request ', 501],
  ['Cannot map ', 403],
]

/**
 * Lines of Apache's error log that name a client and its request:
 *
 *     [Fri Mar 06 17:08:41.203277 2026] [core:error] [pid 7005:tid 140667133085440] [client 192.0.2.7:14532] AH00126: Invalid URI in request GET /x HTTP/1.1
 */
export function apacheErrorFormat(isTrusted: IsTrusted): FormatParser {
  return function parseApacheError(line) {
    const timeEnd = line.indexOf('] [')
    if (line[0] !== '[' || timeEnd < 0 || timeEnd > 40) return undefined
    const timestamp = readTime(line.slice(1, timeEnd))
    if (implausible(timestamp)) return undefined
    const { client, message } = readGroups(line, timeEnd + 2)
    const found = APACHE_REQUESTS.find(([says]) => message.includes(says))
    if (client === undefined || found === undefined) return NO_REQUEST
    const address = loggedClient(client, isTrusted)
    if (address === undefined) return explainAddress(client).slice(0, -1)
    const [says, status] = found
    const request = message.slice(message.indexOf(says) + says.length).split(', referer: ', 1)[0]!
    const mapped = says === 'Cannot map ' ? request.replace(' to file', '') : request
    return entryOf({ address, timestamp, ...readRequestLine(unescapeField(mapped.trim())), status })
  }
}

/** The client among the bracketed groups that begin at `at`, and what stands behind them. */
function readGroups(line: string, at: number): { client?: string; message: string } {
  let client: string | undefined
  while (line[at] === '[') {
    const end = line.indexOf('] ', at)
    if (end < 0) break
    if (line.startsWith('client ', at + 1)) client = line.slice(at + 8, end)
    at = end + 2
  }
  return client === undefined ? { message: line.slice(at) } : { client, message: line.slice(at) }
}
