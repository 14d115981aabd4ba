import { parseAddress } from '../net/address'
import { explainAddress } from '../net/refusal'
import { splitTarget } from '../net/request-path'
import { visibleBytes } from '../net/visible'
import type { LogEntry } from '../request-log/request-log'
import { CLF_TIME_LENGTH, implausible, readClfTime } from './timestamp'

const BACKSLASH = 0x5c

/** What Apache and nginx write behind a backslash, besides `xHH`. */
const ESCAPES: Record<string, number> = {
  '"': 0x22,
  '\\': 0x5c,
  b: 0x08,
  t: 0x09,
  n: 0x0a,
  v: 0x0b,
  f: 0x0c,
  r: 0x0d,
}

/**
 * The entry of a line in the combined or common log format, as Apache, nginx and many others write
 * them (https://httpd.apache.org/docs/2.4/logs.html#accesslog), or the reason why it is none:
 *
 *     192.0.2.7 - anna [17/May/2015:10:05:03 +0000] "GET /a?b HTTP/1.1" 200 512 "referer" "agent"
 *
 * More fields behind these are passed over, and a line that was cut off behind its size is an entry
 * all the same. A request that is not HTTP, such as a TLS handshake on
 * a plain port, has the method `-` and all of its text as its path.
 */
export function parseCombined(line: string): LogEntry | string {
  const hostEnd = line.indexOf(' ')
  if (hostEnd < 0) return 'not a line of the combined or common format'
  const host = line.slice(0, hostEnd)
  const address = parseAddress(host)
  if (address === undefined)
    return `does not begin with an address: ${explainAddress(host).slice(0, -1)}`

  // A user name may hold brackets, but no quote: servers escape it.
  const timeEnd = line.indexOf('] "', hostEnd)
  const timeStart = timeEnd - CLF_TIME_LENGTH
  if (timeEnd < 0 || line[timeStart - 1] !== '[') return 'there is no [time] before the request'
  const timestamp = readClfTime(line, timeStart)
  const doubt = implausible(timestamp)
  if (doubt) return doubt

  const requestStart = timeEnd + 3
  const requestEnd = closingQuote(line, requestStart)
  if (requestEnd < 0) return 'the request has no closing quote'
  const status = number(line, requestEnd + 2, requestEnd + 5)
  if (status === undefined || line[requestEnd + 5] !== ' ') return 'there is no status'
  const bytesStart = requestEnd + 6
  const bytesEnd = fieldEnd(line, bytesStart)
  const bytes = number(line, bytesStart, bytesEnd)
  if (bytes === undefined && line.slice(bytesStart, bytesEnd) !== '-') return 'there is no size'

  return {
    address,
    timestamp,
    ...readRequest(unescapeField(line.slice(requestStart, requestEnd))),
    status,
    durationMs: null,
    bytes: bytes ?? null,
    ...readRefererAndAgent(line, bytesEnd),
    account: readAccount(line, hostEnd, timeStart - 2),
    source: 'ingest',
  }
}

/** `METHOD target HTTP/1.1`; HTTP/0.9 has no version. */
function readRequest(request: string): Pick<LogEntry, 'method' | 'path' | 'query'> {
  const methodEnd = request.indexOf(' ')
  const versionStart = request.lastIndexOf(' HTTP/')
  const target = request.slice(methodEnd + 1, versionStart < methodEnd ? undefined : versionStart)
  const isHttp = versionStart >= methodEnd || target.startsWith('/')
  if (!isToken(request, methodEnd) || !isHttp) return { method: '-', path: request, query: '' }
  return { method: request.slice(0, methodEnd), ...splitTarget(target) }
}

/**
 * The two quoted fields behind the size; of the referer only whether there is one. In a line that was
 * cut off the second ends where the line does.
 */
function readRefererAndAgent(
  line: string,
  bytesEnd: number,
): Pick<LogEntry, 'userAgent' | 'hasReferer'> {
  const refererStart = bytesEnd + 2
  const refererEnd = closingQuote(line, refererStart)
  if (!line.startsWith(' "', bytesEnd) || !line.startsWith(' "', refererEnd + 1)) {
    return { userAgent: '', hasReferer: undefined }
  }
  const referer = line.slice(refererStart, refererEnd)
  const start = refererEnd + 3
  const end = closingQuote(line, start)
  const userAgent = unescapeField(line.slice(start, end < 0 ? undefined : end))
  return {
    userAgent: userAgent === '-' ? '' : userAgent,
    hasReferer: referer !== '-' && referer !== '',
  }
}

/** What stands between the identity, which nobody asks for any more, and the time. */
function readAccount(line: string, hostEnd: number, end: number): string | null {
  const start = line.indexOf(' ', hostEnd + 1) + 1
  const account = start > 0 && start < end ? line.slice(start, end) : '-'
  return account === '-' || account === '""' ? null : unescapeField(account)
}

/** The quote that ends a field: the first that no backslash escapes. */
function closingQuote(line: string, from: number): number {
  let quote = line.indexOf('"', from)
  while (quote >= 0 && isEscaped(line, from, quote)) quote = line.indexOf('"', quote + 1)
  return quote
}

function isEscaped(line: string, from: number, at: number): boolean {
  let backslashes = 0
  while (at - 1 - backslashes >= from && line.charCodeAt(at - 1 - backslashes) === BACKSLASH) {
    backslashes++
  }
  return backslashes % 2 === 1
}

/** Undoes what servers do to a field: `\"`, `\\`, `\n`, and `\xHH` for one byte of UTF-8. */
function unescapeField(field: string): string {
  if (!field.includes('\\')) return field
  const bytes = Buffer.from(field)
  let length = 0
  for (let at = 0; at < bytes.length; ) {
    const escaped = bytes[at] === BACKSLASH ? readEscape(bytes, at + 1) : undefined
    // The result is never longer than what has been read, so it may be written in its place.
    bytes[length++] = escaped ? escaped.byte : bytes[at]!
    at += escaped ? escaped.length : 1
  }
  return visibleBytes(bytes.subarray(0, length))
}

function readEscape(bytes: Buffer, at: number): { byte: number; length: number } | undefined {
  const character = String.fromCharCode(bytes[at] ?? 0)
  const byte = ESCAPES[character]
  if (byte !== undefined) return { byte, length: 2 }
  const hex = bytes.toString('latin1', at + 1, at + 3)
  if (character !== 'x' || !/^[0-9a-f]{2}$/i.test(hex)) return undefined
  return { byte: Number.parseInt(hex, 16), length: 4 }
}

function isToken(text: string, end: number): boolean {
  for (let i = 0; i < end; i++) {
    const code = text.charCodeAt(i)
    const isLetter = (code | 0x20) >= 0x61 && (code | 0x20) <= 0x7a
    if (!isLetter && text[i] !== '-' && text[i] !== '_') return false
  }
  return end > 0
}

/** The digits between two offsets as a number; undefined when they are not digits alone. */
function number(line: string, start: number, end: number): number | undefined {
  if (end <= start || end > line.length) return undefined
  let value = 0
  for (let i = start; i < end; i++) {
    const digit = line.charCodeAt(i) - 0x30
    if (digit < 0 || digit > 9) return undefined
    value = value * 10 + digit
  }
  return value <= Number.MAX_SAFE_INTEGER ? value : undefined
}

function fieldEnd(line: string, start: number): number {
  const space = line.indexOf(' ', start)
  return space < 0 ? line.length : space
}
