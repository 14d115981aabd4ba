import { explainAddress } from '../net/refusal'
import { decimalNumber, known, splitFields, statusOf, wholeNumber } from './fields'
import { entryOf, type FormatParser } from './format'
import { clientBeforePort } from './logged-client'
import { readRequestLine } from './request-line'
import { implausible, readTime } from './timestamp'

/** How an Application Load Balancer's line begins; a classic one's begins with the time. */
const TYPES = ['http', 'https', 'h2', 'grpcs', 'ws', 'wss']

/** Fields up to the agent. */
const FIELDS = 14

/**
 * Access logs of AWS' load balancers, Application and Classic
 * (https://docs.aws.amazon.com/elasticloadbalancing/latest/application/load-balancer-access-logs.html):
 *
 *     https 2026-03-07T12:23:00.186641Z app/lb/1 192.0.2.7:44740 10.0.0.1:80 0.086 0.048 0.037 200 200 0 57 "GET https://shop.example:443/a HTTP/1.1" "curl/8" …
 */
export const parseElb: FormatParser = (line) => {
  const isApplication = TYPES.includes(line.slice(0, line.indexOf(' ')))
  if (!isApplication && line[10] !== 'T') return undefined
  const fields = splitFields(line, FIELDS)
  const own = isApplication ? fields.slice(1) : fields
  const [time, , client = '', target, , , , status, , , sent, request, userAgent] = own
  if (request === undefined || target === undefined) return undefined
  const timestamp = readTime(time)
  if (Number.isNaN(timestamp)) return undefined
  const doubt = implausible(timestamp)
  if (doubt) return doubt
  const address = clientBeforePort(client)
  if (address === undefined) return explainAddress(client).slice(0, -1)
  const seconds = own.slice(4, 7).map(decimalNumber)
  return entryOf({
    address,
    timestamp,
    ...readRequestLine(request),
    status: statusOf(status),
    durationMs: seconds.includes(undefined)
      ? undefined
      : seconds.reduce((a, b) => a! + b!)! * 1_000,
    bytes: wholeNumber(sent),
    userAgent: known(userAgent),
  })
}
