import { expect } from 'chai'
import { z } from 'zod'
import { addCampaign, CAMPAIGN, EMAIL, FOUND, HOUR, PASSWORD, setScene } from '../dashboard/scene'
import { testDatabase } from '../support/database'
import { startTestService, type TestService } from '../support/service'

type Schema = Parameters<typeof z.fromJSONSchema>[0]

interface Asked {
  at?: string
  json?: unknown
  as?: string
}

interface Described {
  responses: Record<string, { content?: Record<string, { schema?: object }> }>
}

/**
 * Asks every route that answers JSON, with something behind each answer, and reads the answers by the
 * schemas of /openapi.json: what is missing there, what is of another kind, and what is told beyond
 * it are faults alike.
 */
describe('the answers of the API', function () {
  this.timeout(60_000)
  let service: TestService
  let paths: Record<string, Record<string, Described>>
  let cookie: string
  const asked = new Set<string>()
  const keys: Record<string, string> = {}

  before(async () => {
    await (await testDatabase()).clean()
    service = await startTestService({ TRUSTED_PROXIES: '127.0.0.1', DETECTORS: '' })
    const answer = await service.send('/openapi.json')
    paths = ((await answer.json()) as { paths: typeof paths }).paths
    await setScene(service)
    await addCampaign(service)
    for (const scope of ['admin', 'check', 'ingest', 'bouncer'] as const) {
      keys[scope] = await service.key(scope)
    }
    const json = { email: EMAIL, password: PASSWORD }
    const headers = { 'x-forwarded-proto': 'https' }
    const signedIn = await service.send('/login', { method: 'POST', json, headers })
    await fits('POST', '/login', signedIn)
    cookie = signedIn.headers.get('set-cookie')!.split(';')[0]!
  })
  after(async () => {
    await service?.stop()
    await service?.database.clean()
  })

  /** Reads an answer of the route by its schema; answers it. */
  async function fits(method: string, path: string, answer: Response): Promise<object> {
    const told = await answer.text()
    const described = paths[path]?.[method.toLowerCase()]?.responses[answer.status]
    const where = `${method} ${path} answered ${answer.status}: ${told.slice(0, 300)}`
    expect(described, where).not.to.equal(undefined)
    const schema = described!.content?.['application/json']?.schema
    expect(schema, `${where}; no schema`).not.to.equal(undefined)
    const { success, error } = z.fromJSONSchema(schema as Schema).safeParse(JSON.parse(told))
    expect(success, `${where}\n${error && z.prettifyError(error)}`).to.equal(true)
    asked.add(`${method} ${path}`)
    return JSON.parse(told)
  }

  /** Asks a route at one of its addresses, with a key of the scope `as` or as a person. */
  async function ask(method: string, path: string, given: Asked = {}): Promise<object> {
    const { at = path, json, as = 'admin' } = given
    const session = { cookie, 'x-forwarded-proto': 'https' }
    const headers = { accept: 'application/json', ...(as === 'person' && session) }
    const key = keys[as]
    const options = { method, headers, ...(key && { key }), ...(json !== undefined && { json }) }
    return fits(method, path, await service.send(at, options))
  }

  it('are what the description says, whoever asks for whatever is there', async () => {
    const [bad, other, third] = FOUND as [string, string, string]
    const block = { ipAddress: '192.0.2.0/28', for: '1h', reason: 'scans' }
    await ask('POST', '/admin/api/blocks', { json: block })
    await ask('POST', '/admin/api/allowed', { json: { ipAddress: '198.51.100.99' } })
    await ask('POST', '/admin/api/blocks', { json: { ipAddress: '::1', force: true, for: '1s' } })
    await ask('POST', '/admin/api/notes', { json: { ipAddress: bad, note: 'rang them up\ntwice' } })
    await ask('POST', '/v1/check', {
      as: 'check',
      json: { ip: '192.0.2.3', method: 'GET', path: '/' },
    })
    await ask('POST', '/v1/check', {
      as: 'check',
      json: { ip: bad, method: 'GET', path: '/', place: true },
    })
    await ask('GET', '/v1/check/{ip}', { as: 'check', at: '/v1/check/192.0.2.3?place=yes' })

    type List<Item> = { items: Item[] }
    const { items: findings } = (await ask('GET', '/admin/api/suspicious')) as List<{ id: number }>
    const { items: blocks } = (await ask('GET', '/admin/api/blocks')) as List<object>
    expect(blocks).not.to.be.empty
    const review = '/admin/api/suspicious/{id}/review'
    const at = (id: number) => `/admin/api/suspicious/${id}/review`
    const normal = { path: '/pages/*', agent: 'Probe' }
    await ask('POST', review, {
      at: at(findings[0]!.id),
      json: { decision: 'dismiss', normal, note: 'n' },
    })
    await ask('GET', '/admin/api/suspicious/{id}', {
      at: `/admin/api/suspicious/${findings[0]!.id}`,
    })

    for (const path of [
      'allowed',
      'notes',
      'audit',
      'requests',
      'exceptions',
      'accounts',
      'keys',
      'doctor',
      'overview',
      'traffic',
      'storage',
      'privacy',
      'campaigns',
      'detection/runs',
      'detection/model',
      'whoami',
    ]) {
      await ask('GET', `/admin/api/${path}`)
    }
    await ask('GET', '/admin/api/traffic', { at: '/admin/api/traffic?path=/pages/1' })
    for (const by of ['country', 'asn', 'network', 'address', 'path', 'agent', 'status', 'rule']) {
      await ask('GET', '/admin/api/top/{by}', { at: `/admin/api/top/${by}` })
    }
    await ask('GET', '/admin/api/activity', {
      at: `/admin/api/activity?findings=${findings[1]!.id}`,
    })
    await ask('GET', '/admin/api/networks', { at: '/admin/api/networks?network=192.0.2.0/24' })
    for (const by of ['country', 'network'])
      await ask('GET', '/admin/api/fairness', { at: `/admin/api/fairness?by=${by}` })
    for (const ip of [bad, other, '192.0.2.3', '192.0.2.77']) {
      await ask('GET', '/admin/api/addresses/{ip}', { at: `/admin/api/addresses/${ip}` })
    }
    await ask('GET', '/admin/api/names/{ip}', { at: `/admin/api/names/${bad}` })

    const campaign = `/admin/api/campaigns/${CAMPAIGN.id}`
    await ask('GET', '/admin/api/campaigns/{id}', { at: campaign })
    for (const decision of ['block', 'reopen', 'dismiss']) {
      await ask('POST', '/admin/api/campaigns/{id}/review', {
        at: `${campaign}/review`,
        json: { decision },
      })
    }

    const refused = await service.send('/shop', { headers: { 'x-forwarded-for': '192.0.2.4' } })
    const { incident } = (await refused.json()) as { incident: string }
    await ask('GET', '/admin/api/incidents/{id}', { at: `/admin/api/incidents/${incident}` })

    await ask('GET', '/v1/decisions', { as: 'bouncer', at: '/v1/decisions?ip=192.0.2.3' })
    await ask('GET', '/v1/decisions', { as: 'bouncer', at: '/v1/decisions?ip=192.0.2.200' })
    await ask('GET', '/v1/decisions/stream', {
      as: 'bouncer',
      at: '/v1/decisions/stream?startup=true',
    })
    await ask('POST', '/v1/ingest', {
      as: 'ingest',
      json: [{ ip: third, method: 'GET', path: '/' }],
    })

    await ask('POST', '/admin/api/detection/run', { json: { hour: HOUR.toISOString() } })
    await ask('POST', '/admin/api/detection/backtest', { json: { days: 1 } })
    await ask('GET', '/admin/api/detection/backtest')
    const list = {
      method: 'POST',
      key: keys.admin!,
      body: '198.51.100.200\nnonsense\n',
      headers: { 'content-type': 'text/plain' },
    }
    for (const dryRun of [true, false]) {
      const answer = await service.send(
        `/admin/api/blocks/import?source=drop&dryRun=${dryRun}`,
        list,
      )
      await fits('POST', '/admin/api/blocks/import', answer)
    }

    const person = {
      email: 'viewer@example.org',
      password: 'another long password',
      role: 'viewer',
    }
    const made = await ask('POST', '/admin/api/accounts', { json: person })
    const { id } = made as { id: number }
    await ask('PATCH', '/admin/api/accounts/{id}', {
      at: `/admin/api/accounts/${id}`,
      json: { role: 'admin' },
    })
    const shop = await ask('POST', '/admin/api/keys', { json: { name: 'shop', scopes: ['check'] } })
    const keyPath = `/admin/api/keys/${(shop as { id: number }).id}`
    await ask('PATCH', '/admin/api/keys/{id}', { at: keyPath, json: { tier: null } })
    await ask('GET', '/admin/api/sessions', { as: 'person' })
    await ask('GET', '/session', { as: 'person' })

    await ask('GET', '/admin/api/subjects/{ip}', { at: `/admin/api/subjects/${bad}` })
    await ask('DELETE', '/admin/api/subjects/{ip}', { at: `/admin/api/subjects/${bad}` })
    for (const path of ['/privacy', '/readyz', '/.well-known/gpc.json', '/privacy/opt-out'])
      await ask('GET', path)
    for (const path of ['/privacy/opt-out', '/privacy/opt-in']) await ask('POST', path)
  })

  it('are described for every route that answers JSON, and each of them was asked', () => {
    const silent: string[] = []
    for (const [path, operations] of Object.entries(paths)) {
      for (const [method, { responses }] of Object.entries(operations)) {
        const [answer] = Object.values(responses)
        const isJson = answer?.content && 'application/json' in answer.content
        const name = `${method.toUpperCase()} ${path}`
        if (isJson && !asked.has(name)) silent.push(name)
      }
    }
    // The first account can be made once (test/dashboard); the others are documents for machines.
    expect(silent).to.have.members(['POST /setup', 'GET /openapi.json', 'GET /v1/blocklist.json'])
  })
})
