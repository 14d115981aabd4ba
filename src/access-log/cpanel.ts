import { explainAddress } from '../net/refusal'
import { closingQuote, unescapeField } from './fields'
import { entryOf, type FormatParser, type IsTrusted } from './format'
import { loggedClient } from './logged-client'
import { readRequestLine } from './request-line'
import { implausible, readTime } from './timestamp'

/**
 * cPanel's login log; its access log is of the combined format.
 *
 *     [2026-03-07 14:06:40 +1000] info [cpaneld] 192.0.2.7 - anna "POST /login/?login_only=1 HTTP/1.1" FAILED LOGIN cpaneld: …
 */
export function cpanelLoginFormat(isTrusted: IsTrusted): FormatParser {
  return function parseCpanelLogin(line) {
    const timeEnd = line.indexOf('] ')
    const serviceEnd = line.indexOf('] ', timeEnd + 1)
    if (line[0] !== '[' || timeEnd !== 26 || serviceEnd < 0 || serviceEnd > 80) return undefined
    const timestamp = readTime(line.slice(1, timeEnd))
    if (implausible(timestamp)) return undefined
    const clientStart = serviceEnd + 2
    const clientEnd = line.indexOf(' - ', clientStart)
    const requestStart = line.indexOf(' "', clientEnd) + 2
    const requestEnd = closingQuote(line, requestStart)
    if (clientEnd < 0 || requestStart === 1 || requestEnd < 0) return 'a line without a request'
    const client = line.slice(clientStart, clientEnd)
    const address = loggedClient(client, isTrusted)
    if (address === undefined) return explainAddress(client).slice(0, -1)
    const outcome = line.slice(requestEnd + 2)
    return entryOf({
      address,
      timestamp,
      ...readRequestLine(unescapeField(line.slice(requestStart, requestEnd))),
      status: outcome.startsWith('FAILED LOGIN') ? 401 : undefined,
    })
  }
}
