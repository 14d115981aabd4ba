import { explainAddress } from '../net/refusal'
import { known, statusOf } from './fields'
import { entryOf, type FormatParser, type IsTrusted } from './format'
import { loggedClient } from './logged-client'
import { askedFor } from './request-line'
import { implausible, readTime } from './timestamp'

const CLIENT = ' [client: '
const AGENT = '] [useragent: '

/**
 * Zoraxy's log, whose times are taken for UTC; a second time may stand in front.
 *
 *     [2026-03-07 14:14:02.417736] [router:host-http] [origin:shop.example] [client: 192.0.2.7] [useragent: curl/8] GET /a 200
 */
export function zoraxyFormat(isTrusted: IsTrusted): FormatParser {
  return function parseZoraxy(line) {
    const start = line.indexOf('[')
    const timeEnd = line.indexOf('] [')
    const clientAt = line.indexOf(CLIENT)
    const agentAt = line.indexOf(AGENT, clientAt)
    // An agent may hold brackets and blanks; a target no blanks.
    const requestAt = line.lastIndexOf('] ')
    if (start < 0 || start > 30 || clientAt < 0 || agentAt < 0 || requestAt <= agentAt)
      return undefined
    const timestamp = readTime(line.slice(start + 1, timeEnd))
    if (Number.isNaN(timestamp)) return undefined
    const doubt = implausible(timestamp)
    if (doubt) return doubt
    const client = line.slice(clientAt + CLIENT.length, agentAt)
    const address = loggedClient(client, isTrusted)
    if (address === undefined) return explainAddress(client).slice(0, -1)
    const [method = '', target = '', status] = line.slice(requestAt + 2).split(' ', 3)
    if (statusOf(status) === undefined) return 'there is no status'
    return entryOf({
      address,
      timestamp,
      ...askedFor(method, target),
      status: statusOf(status),
      userAgent: known(line.slice(agentAt + AGENT.length, requestAt)),
    })
  }
}
