import { randomBytes } from 'node:crypto'
import type { Middleware } from 'koa'
import type { State } from '../http/state'
import type { Logger } from '../platform/logger'
import { blockedPage, PAGE_POLICY } from './blocked-page'
import type { Blocklist } from './blocklist'

/**
 * Answers 403 to blocked clients; everyone else passes without I/O. The answer names an incident,
 * under which the log tells which block it was; why, the client is not told.
 */
export function enforceBlocklist(
  blocklist: Pick<Blocklist, 'find'>,
  log: Pick<Logger, 'info'>,
): Middleware<State> {
  return async function enforceBlocklist(ctx, next) {
    const { address } = ctx.state.client
    const block = blocklist.find(address)
    if (!block) return next()

    const incident = randomBytes(5).toString('hex')
    ctx.state.incident = incident
    log.info({ incident, address, block }, 'refused: blocked')

    if (ctx.accepts('json', 'html') !== 'html') {
      ctx.throw(403, 'This address is blocked.', {
        code: 'blocked',
        problem: { incident },
        headers: { 'cache-control': 'no-store' },
      })
    }
    ctx.status = 403
    ctx.type = 'html'
    ctx.set('cache-control', 'no-store')
    ctx.set('content-security-policy', PAGE_POLICY)
    ctx.body = blockedPage(address, incident)
  }
}
