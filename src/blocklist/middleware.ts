import type { Middleware, ParameterizedContext } from 'koa'
import { newIncident } from '../http/incident'
import type { Refusal, State } from '../http/state'
import { partsOf } from '../net/network'
import type { Logger } from '../platform/logger'
import { answerBlockedPage } from './blocked-page'
import type { Block, Blocklist } from './blocklist'

/** Names the incident also to proxies that show a page of their own in place of the answer's. */
const INCIDENT_HEADER = 'Portcullis-Incident'

/** Refusals told one by one in any second: a flood of them must not become a flood of log lines. */
const MOST_TOLD = 10

/**
 * Answers 403 to blocked clients; everyone else passes without I/O. The answer names an incident,
 * under which an admin finds the request and the block; why, the client is not told. Requests that
 * are left out have to be refused by their route.
 */
export function enforceBlocklist(
  blocklist: Pick<Blocklist, 'find' | 'noteHit'>,
  log: Pick<Logger, 'info'>,
  isLeftOut: (ctx: ParameterizedContext<State>) => boolean = () => false,
): Middleware<State> {
  const tell = refusalLog(log)
  return function enforceBlocklist(ctx, next) {
    const { address } = ctx.state.client
    const block = blocklist.find(address)
    if (!block || isLeftOut(ctx)) return next()

    // A visit was counted when it was judged.
    if (!ctx.state.visit) blocklist.noteHit(block)
    const incident = newIncident()
    ctx.state.refusal = refusalBy(block, incident)
    tell(ctx.state.refusal)

    const headers = { 'cache-control': 'no-store', [INCIDENT_HEADER]: incident }
    if (ctx.accepts('json', 'html') !== 'html') {
      ctx.throw(403, 'This address is blocked.', {
        code: 'blocked',
        problem: { incident },
        headers,
      })
    }
    ctx.set(headers)
    answerBlockedPage(ctx, address, incident)
  }
}

function refusalBy(block: Block, incident: string): Refusal {
  const { ipAddress, reason, source, sourceName, expiresAt } = block
  const { prefix } = partsOf(ipAddress)
  const end = expiresAt?.toISOString() ?? null
  return { incident, prefix, reason, source, sourceName, expiresAt: end }
}

/**
 * Tells of the first refusals of a second at once, and of the others their number when it is over.
 * Not of the address: lines of a log outlive its storage, and the incident leads to it.
 */
function refusalLog(log: Pick<Logger, 'info'>): (refusal: Refusal) => void {
  let requests = 0
  return (refusal) => {
    if (requests++ === 0) setTimeout(endSecond, 1_000).unref()
    if (requests <= MOST_TOLD) log.info(refusal, 'refused: blocked')
  }

  function endSecond(): void {
    const more = requests - MOST_TOLD
    if (more > 0) log.info({ requests: more }, 'refused: blocked, and not told one by one')
    requests = 0
  }
}
