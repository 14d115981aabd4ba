import type { ParameterizedContext } from 'koa'
import { answerPage, escapeHtml } from '../http/page'
import type { Address } from '../net/address'

/** Answers 403 with the page that a person sees in the browser when the address is blocked. */
export function answerBlockedPage(
  ctx: ParameterizedContext,
  address: Address,
  incident: string,
): void {
  ctx.status = 403
  answerPage(
    ctx,
    'Access refused',
    `<p>Requests from your address, <code>${escapeHtml(address)}</code>, are blocked here.
<p>If you think that this is a mistake, tell the operator of this site the incident number
<strong><code>${escapeHtml(incident)}</code></strong>.`,
  )
}
