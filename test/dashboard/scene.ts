import { bindModels } from '../../models'
import { Accounts } from '../../src/auth/accounts'
import { Passwords } from '../../src/auth/passwords'
import { eventually } from '../support/eventually'
import type { TestService } from '../support/service'

export const EMAIL = 'reviewer@example.org'
export const PASSWORD = 'correct horse battery staple'

/** What a client may send to become more than text. */
export const HOSTILE = {
  path: '/<img src=x onerror="window.pwned=1">',
  agent: '"><script>window.pwned=1</script>',
  reason: '<svg onload="window.pwned=1">asked for /admin</svg>',
}

/** The hour that the findings are about: the one before the running one. */
export const HOUR = new Date(Math.floor(Date.now() / 3_600_000) * 3_600_000 - 3_600_000)

/** Three addresses of one network, and one of another, the worst first. */
export const FOUND = ['203.0.113.7', '203.0.113.8', '203.0.113.9', '198.51.100.5']

/** An hour as a reviewer finds it: requests, some of them hostile, findings about them, a block. */
export async function setScene(service: TestService): Promise<void> {
  const { knex } = service.database
  const models = bindModels(knex)
  await addAdmin(service)
  await send(service, requests())
  await models.SuspiciousIP.query().insert(
    FOUND.map((ipAddress, nth) => ({
      ipAddress,
      windowStart: HOUR,
      risk: 0.95 - nth / 10,
      severity: nth < 2 ? ('high' as const) : ('medium' as const),
      reason: nth === 0 ? HOSTILE.reason : `${900 - nth} requests in this hour; the limit is 100`,
      reasons: [
        { kind: 'rule' as const, text: HOSTILE.reason, weight: 0.6 },
        { kind: 'learned' as const, text: 'share not found 0.93; usual here 0.04', weight: 0.3 },
      ],
      features: { requests: 900 - nth, notFound: 0.93 },
      flaggedAt: new Date(),
    })),
  )
}

/** Somebody who may change things. */
export async function addAdmin({ database }: TestService): Promise<void> {
  const models = bindModels(database.knex)
  const accounts = new Accounts(models, new Passwords())
  await accounts.add(EMAIL, PASSWORD, 'admin')
}

function requests(): object[] {
  const entry = (ip: string, nth: number, changes: object = {}) => ({
    ip,
    timestamp: new Date(HOUR.getTime() + nth * 20_000).toISOString(),
    method: 'GET',
    path: `/pages/${nth % 7}`,
    status: [200, 200, 404, 403, 429][nth % 5],
    userAgent: 'Mozilla/5.0 (X11; Linux x86_64) Firefox/130.0',
    ...changes,
  })
  const hostile = { path: HOSTILE.path, userAgent: HOSTILE.agent, status: 404 }
  return [
    ...Array.from({ length: 60 }, (_, nth) => entry(FOUND[nth % 4]!, nth)),
    ...Array.from({ length: 20 }, (_, nth) => entry(`203.0.113.${100 + nth}`, nth)),
    ...Array.from({ length: 10 }, (_, nth) => entry(FOUND[0]!, nth, hostile)),
  ]
}

/** Sends requests in, as an application does, and waits until they are stored. */
async function send(service: TestService, entries: object[]): Promise<void> {
  const key = await service.key('ingest')
  const body = entries.map((entry) => JSON.stringify(entry)).join('\n')
  const headers = { 'content-type': 'application/x-ndjson' }
  await service.send('/v1/ingest', { method: 'POST', key, headers, body })
  await eventually('the requests are stored', async () => {
    const [{ rows } = { rows: 0 }] = await service.database
      .knex('request_logs')
      .where({ source: 'ingest' })
      .count('* as rows')
    return Number(rows) === entries.length
  })
}
