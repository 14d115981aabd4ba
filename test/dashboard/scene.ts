import { expect } from 'chai'
import type { Page } from 'puppeteer-core'
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

/** Each screen, and a text that is there once it is drawn. */
export const SCREENS = [
  ['overview', 'Origins'],
  ['review', 'Why it was flagged'],
  ['blocklist', 'Never blocked or flagged'],
  [`address?ip=${FOUND[0]}`, 'Last requests'],
  ['address?ip=203.0.113.0/24', 'behaved well'],
  ['detection', 'rows of usual clients so far'],
  ['settings', 'As whom you are seen'],
] as const

/** An hour as a reviewer finds it: requests, some of them hostile, findings about them, a block. */
export async function setScene(service: TestService): Promise<void> {
  const { knex } = service.database
  const models = bindModels(knex)
  await addAdmin(service)
  await haveJudged(service)
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
        { kind: 'learned' as const, text: 'share not found 93 %; usual here 4 %', weight: 0.3 },
      ],
      features: { requests: 900 - nth, notFound: 0.93 },
      flaggedAt: new Date(),
    })),
  )
}

/** This hour and the one before it have been judged: what follows is nobody's business but the test's. */
async function haveJudged({ database }: TestService): Promise<void> {
  const finished_at = new Date(HOUR.getTime() + 7_200_000)
  const runs = [HOUR, new Date(HOUR.getTime() + 3_600_000)].map((hour) => {
    return { hour, claimed_by: 'test', finished_at, addresses: 24, flagged: 4 }
  })
  await database.knex('detection_runs').insert(runs)
}

/** A campaign of a whole network, as it is stored after some time, and of an address elsewhere. */
export const CAMPAIGN = {
  id: 'cafe01',
  title: `2 addresses in 2 networks: a hunt for ${HOSTILE.path}`,
  members: ['192.0.2.0/24', '2001:db8:7::1'],
  /** Has done nothing wrong, and is in the network. */
  neighbour: '192.0.2.50',
}

/** Adds a campaign to the hour, with a finding about each of its members. */
export async function addCampaign(service: TestService): Promise<void> {
  const { knex } = service.database
  const { id, title, members, neighbour } = CAMPAIGN
  const reason = { kind: 'campaign' as const, text: `one of ${title}`, weight: 0.8 }
  await send(service, [entry(neighbour, 1, { status: 200 })])
  await knex('campaigns').insert({
    id,
    kind: 'hunt',
    title,
    severity: 'high',
    reasons: JSON.stringify([{ ...reason, text: 'they ask for the same things' }]),
    first_seen: HOUR,
    last_seen: HOUR,
    addresses: members.length,
    requests: 8,
  })
  for (const [nth, ip_address] of members.entries()) {
    const of = { campaign_id: id, window_start: HOUR, ip_address }
    await knex('campaign_members').insert({ ...of, requests: 4 })
    await knex('suspicious_ips').insert({
      ...of,
      risk: 0.5 - nth / 10,
      severity: 'medium',
      reason: reason.text,
      reasons: JSON.stringify([reason]),
      features: JSON.stringify({ requests: 4 }),
      flagged_at: new Date(),
    })
  }
}

/** Somebody who may change things. */
export async function addAdmin({ database }: TestService): Promise<void> {
  const models = bindModels(database.knex)
  const accounts = new Accounts(models, new Passwords())
  await accounts.add(EMAIL, PASSWORD, 'admin')
}

/** Fills in the sign-in page. */
export async function signIn(page: Page, password = PASSWORD): Promise<void> {
  await page.waitForSelector('input[name=password]')
  await page.locator('input[name=email]').fill(EMAIL)
  await page.locator('input[name=password]').fill(password)
  await page.keyboard.press('Enter')
}

function entry(ip: string, nth: number, changes: object = {}) {
  return {
    ip,
    timestamp: new Date(HOUR.getTime() + nth * 20_000).toISOString(),
    method: 'GET',
    path: `/pages/${nth % 7}`,
    status: [200, 200, 404, 403, 429][nth % 5],
    userAgent: 'Mozilla/5.0 (X11; Linux x86_64) Firefox/130.0',
    ...changes,
  }
}

function requests() {
  const hostile = { path: HOSTILE.path, userAgent: HOSTILE.agent, status: 404 }
  return [
    ...Array.from({ length: 60 }, (_, nth) => entry(FOUND[nth % 4]!, nth)),
    ...Array.from({ length: 20 }, (_, nth) => entry(`203.0.113.${100 + nth}`, nth)),
    ...Array.from({ length: 10 }, (_, nth) => entry(FOUND[0]!, nth, hostile)),
  ]
}

let sent = 0

/**
 * Sends requests in, as an application does, and waits until they are stored. They are known by their
 * query: when the tables were emptied meanwhile, some of an earlier scene may be written once more.
 */
async function send(service: TestService, entries: { path: string }[]): Promise<void> {
  const key = await service.key('ingest')
  const query = `scene=${++sent}`
  const lines = entries.map((entry) => ({ ...entry, path: `${entry.path}?${query}` }))
  const body = lines.map((line) => JSON.stringify(line)).join('\n')
  const headers = { 'content-type': 'application/x-ndjson' }
  const answer = await service.send('/v1/ingest', { method: 'POST', key, headers, body })
  expect(answer.status, await answer.text()).to.equal(202)
  await eventually('the requests are stored', async () => {
    const rows = await service.database.knex('request_logs').where({ query }).select('id')
    return rows.length === entries.length
  })
}
