import { explainAddress } from '../net/refusal'
import type { LogEntry } from '../request-log/entry'
import { decimalNumber, known, statusOf, wholeNumber } from './fields'
import { entryOf, type FormatParser, type IsTrusted } from './format'
import { forwardedClient, loggedClient } from './logged-client'
import { askedFor } from './request-line'
import { implausible, readTime } from './timestamp'

/** The value of a field by its name in lower case; undefined when the log does not have it. */
type Column = (name: string) => string | undefined

/**
 * The W3C extended log format (https://www.w3.org/TR/WD-logfile.html), as IIS writes it with blanks
 * and CloudFront with tabs. Its `#Fields:` line says what stands where, so that lines in front of
 * the first one cannot be read. Times are UTC.
 */
export function w3cFormat(isTrusted: IsTrusted): FormatParser {
  let fields: Map<string, number> | undefined
  return function parseW3c(line) {
    if (line.startsWith('#Fields:')) {
      const names = line
        .slice('#Fields:'.length)
        .trim()
        .toLowerCase()
        .split(/[ \t]+/)
      fields = new Map(names.slice(0, 200).map((name, nth) => [name, nth]))
      return undefined
    }
    const isDated = line[4] === '-' && line[7] === '-' && line[13] === ':'
    if (!isDated || line[19] !== line[10] || /\S/.test(line[19]!)) return undefined
    if (fields === undefined) return 'no #Fields: line says what stands where'
    const values = line.split(line.includes('\t') ? '\t' : ' ')
    if (values.length < fields.size) return undefined
    const places = fields
    return entryOfColumns((name) => values[places.get(name) ?? -1], isTrusted)
  }
}

/** The entry of the fields of IIS or CloudFront; the reason why there is none. */
export function entryOfColumns(column: Column, isTrusted: IsTrusted): LogEntry | string {
  const timestamp = readTime(`${column('date')} ${column('time')}`)
  const doubt = implausible(timestamp)
  if (doubt) return doubt
  const client = column('c-ip') ?? ''
  const peer = loggedClient(client, isTrusted)
  if (peer === undefined) return explainAddress(client).slice(0, -1)
  const forwarded = column('x-forwarded-for') ?? column('cs(x-forwarded-for)') ?? ''
  const referer = column('cs(referer)')
  return entryOf({
    // IIS writes a blank as a plus sign, CloudFront as %20.
    address: forwardedClient(peer, forwarded.replaceAll('+', '').replaceAll('%20', ''), isTrusted),
    timestamp,
    ...askedFor(column('cs-method') ?? '-', targetOf(column)),
    status: statusOf(column('sc-status')),
    durationMs: durationOf(column('time-taken')),
    bytes: wholeNumber(column('sc-bytes')),
    userAgent: readText(column('cs(user-agent)')),
    referer: referer === undefined ? undefined : known(referer),
    account: known(column('cs-username')),
  })
}

function targetOf(column: Column): string {
  const path = column('cs-uri-stem') ?? column('cs-uri') ?? ''
  const query = known(column('cs-uri-query'))
  return query === '' ? path : `${path}?${query}`
}

/** IIS counts milliseconds, CloudFront seconds with a fraction. */
function durationOf(text: string | undefined): number | undefined {
  const time = decimalNumber(text)
  return time !== undefined && text!.includes('.') ? time * 1_000 : time
}

/** Both escape blanks, and CloudFront escapes its escapes. */
function readText(text: string | undefined): string {
  const blanks = known(text).replaceAll('+', ' ')
  return blanks.replace(/%25/g, '%').replace(/%[2-7][\da-f]/gi, decodeURIComponent)
}
