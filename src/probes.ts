import type { Blocklist } from './blocklist/blocklist'
import type { PartHealth, Probes } from './health/health'
import { isAway, isRefusedByServer } from './platform/unavailable'
import type { UnreachedCounts } from './request-log/unreached'
import type { People, Watch } from './service'
import type { Stores } from './stores'

/** What each part says of itself at /readyz. */
export function probes(
  { lifeline, knex, redis }: Stores,
  { blocklist, requestLog }: Watch,
  { keys }: People,
  unreached: UnreachedCounts,
): Probes {
  return {
    database: async () => {
      if (!lifeline.up) return { ok: false, says: whatIsWrong(lifeline.failure) }
      await knex.raw('select 1')
      return { ok: true, says: 'reachable' }
    },
    redis: () => {
      if (!redis) return { ok: true, says: 'not configured; memory is used' }
      return redis.up ? { ok: true, says: 'reachable' } : { ok: false, says: 'unreachable' }
    },
    blocklist: () => describeBlocklist(blocklist),
    keys: () => {
      if (keys.size === undefined) return { ok: false, says: 'not known yet' }
      return { ok: true, says: `${keys.size} valid` }
    },
    'request log': () => {
      const { written, dropped, spoolBytes } = requestLog.counts
      const says = `${written} written, ${dropped} dropped, ${spoolBytes} bytes waiting`
      return { ok: !requestLog.isLosing, says }
    },
    'refused unread': () => {
      const says = Object.entries(unreached).map(([wrong, requests]) => `${requests} ${wrong}`)
      return { ok: true, says: says.join(', ') || 'none' }
    },
  }
}

/** Without the error's own words: anyone may ask, and they name hosts. */
function whatIsWrong(failure: unknown): string {
  if (failure === undefined || isAway(failure)) return 'does not answer'
  return isRefusedByServer(failure)
    ? 'does not let us in; the log says why'
    : 'cannot be used; the log says why'
}

function describeBlocklist({ size, state }: Blocklist): PartHealth {
  if (state.from === 'nowhere') return { ok: false, says: 'no list known yet: nobody is refused' }
  const age = state.asOf && Math.max(0, Math.round((Date.now() - state.asOf) / 1_000))
  return {
    ok: state.from === 'database',
    says: `${size} entries, from ${state.from}${age === undefined ? '' : `, ${age} s ago`}`,
  }
}
