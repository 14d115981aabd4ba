import { expect } from 'chai'
import { bindModels } from '../../models'
import { Accounts } from '../../src/auth/accounts'
import { Passwords } from '../../src/auth/passwords'
import { testDatabase } from '../support/database'
import { PASSWORD } from '../support/people'
import { startTestService, type TestService } from '../support/service'

const JSON_TYPE = 'application/json'

const AT_ONCE = 6

/** What people may do for themselves, whatever their role. */
const OWN = ['POST /admin/api/password', 'DELETE /admin/api/sessions/{id}']

interface Asked {
  cookie?: string
  key?: string
  headers?: Record<string, string>
  body?: string
}

/** Asks every route of the admin API that the description lists, as somebody who may not. */
describe('the admin API', function () {
  this.timeout(120_000)
  let service: TestService
  let admin: string
  const cookies = { admin: '', viewer: '' }
  let routes: { method: string; path: string; name: string }[]

  before(async () => {
    await (await testDatabase()).clean()
    service = await startTestService({
      LOGIN_LIMIT_ANONYMOUS: '1000',
      LOGIN_LIMIT_AUTHENTICATED: '1000',
    })
    const models = bindModels(service.database.knex)
    const accounts = new Accounts(models, new Passwords())
    for (const role of ['admin', 'viewer'] as const) {
      await accounts.add(`${role}@example.org`, PASSWORD, role)
      const json = { email: `${role}@example.org`, password: PASSWORD }
      const answer = await service.send('/login', { method: 'POST', json })
      cookies[role] = answer.headers.get('set-cookie')!.split(';')[0]!
    }
    admin = await service.key('admin')
    const { paths } = (await (await service.send('/openapi.json')).json()) as {
      paths: Record<string, Record<string, object>>
    }
    routes = Object.entries(paths)
      .filter(([path]) => path.startsWith('/admin/api/'))
      .flatMap(([path, operations]) =>
        Object.keys(operations).map((method) => {
          const name = `${method.toUpperCase()} ${path}`
          return { method: method.toUpperCase(), path: path.replace(/\{\w+\}/, '1'), name }
        }),
      )
    expect(routes.length).to.be.above(40)
  })
  after(async () => {
    await service?.stop()
    await service?.database.clean()
  })

  const ask = (method: string, path: string, { cookie, key, headers, body }: Asked = {}) =>
    service.send(path, {
      method,
      ...(key && { key }),
      ...(body !== undefined && { body }),
      headers: { ...(cookie && { cookie }), ...headers },
    })
  const changing = () => routes.filter(({ method }) => method !== 'GET')
  const kept = async () => {
    const { rows } = await service.database.knex.raw(
      `select (select count(*)::int from accounts) as accounts, (select count(*)::int from sessions) as sessions,
              (select count(*)::int from blocked_ips) as blocks, (select count(*)::int from api_keys where revoked_at is null) as keys`,
    )
    return rows[0]
  }

  it('is closed to strangers and to keys for something else, and no answer may be kept', async () => {
    const check = await service.key('check', 'ingest', 'bouncer')
    for (const { method, path, name } of routes) {
      const body = method === 'GET' ? {} : { body: '{}', headers: { 'content-type': JSON_TYPE } }
      const stranger = await ask(method, path, body)
      expect(stranger.status, name).to.equal(401)
      expect(stranger.headers.get('cache-control'), name).to.equal('no-store')
      const wrong = await ask(method, path, { ...body, key: check })
      expect(wrong.status, name).to.equal(403)
      const guessed = await ask(method, path, { ...body, cookie: `portcullis=${'a'.repeat(43)}` })
      expect(guessed.status, name).to.equal(401)
    }
  })

  it('lets viewers change nothing but what is their own', async () => {
    const before = await kept()
    for (const { method, path, name } of changing().filter(({ name }) => !OWN.includes(name))) {
      const answer = await ask(method, path, {
        cookie: cookies.viewer,
        body: '{}',
        headers: { 'content-type': JSON_TYPE, 'sec-fetch-site': 'same-origin' },
      })
      expect(answer.status, name).to.equal(403)
    }
    expect(await kept()).to.deep.equal(before)
  })

  it('changes nothing that a page of another site asks for, however it asks', async () => {
    const before = await kept()
    const { host } = new URL(service.url)
    const ways: Record<string, string>[] = [
      { 'sec-fetch-site': 'cross-site', 'content-type': JSON_TYPE },
      { 'sec-fetch-site': 'same-site', 'content-type': JSON_TYPE },
      { origin: 'https://evil.example', 'content-type': JSON_TYPE },
      { origin: 'null', 'content-type': JSON_TYPE },
      { origin: `http://${host}.evil.example`, 'content-type': JSON_TYPE },
      { origin: `http://evil.example#${host}`, 'content-type': JSON_TYPE },
      { origin: service.url, 'sec-fetch-site': 'cross-site', 'content-type': JSON_TYPE },
      { origin: service.url, 'content-type': 'text/plain' },
      { origin: service.url, 'content-type': 'application/x-www-form-urlencoded' },
      { origin: service.url, 'content-type': 'multipart/form-data; boundary=x' },
    ]
    for (const headers of ways) {
      for (const { method, path, name } of changing()) {
        const answer = await ask(method, path, { cookie: cookies.admin, headers, body: '{}' })
        expect(answer.status, `${name} ${JSON.stringify(headers)}`).to.be.oneOf([403, 415])
      }
    }
    expect(await kept()).to.deep.equal(before)
  })

  it('does not tell one person’s sessions from none to another', async () => {
    const { items } = (await (
      await ask('GET', '/admin/api/sessions?all=true', { cookie: cookies.admin })
    ).json()) as { items: { id: string; email: string }[] }
    expect(items).to.have.length(2)
    const foreign = items.find(({ email }) => email.startsWith('admin'))!.id
    const own = (await (
      await ask('GET', '/admin/api/sessions?all=true', { cookie: cookies.viewer })
    ).json()) as { items: { email: string }[] }
    expect(own.items.map(({ email }) => email)).to.deep.equal(['viewer@example.org'])

    const answers = await Promise.all(
      [foreign, '0123456789abcdef', '%00', '__proto__'].map(async (id) => {
        const answer = await ask('DELETE', `/admin/api/sessions/${id}`, { cookie: cookies.viewer })
        return [answer.status, await answer.text()]
      }),
    )
    for (const answer of answers) expect(answer).to.deep.equal(answers[1])
    expect(answers[1]![0]).to.equal(404)
  })

  it('answers what nobody would ask with 400 or 404, and never with a failure of its own', async () => {
    const cursor = (key: unknown[]) => Buffer.from(JSON.stringify(key)).toString('base64url')
    const texts = [
      '%00',
      '%ff',
      '%F0%9F%92%A9',
      "'",
      '%22',
      '..%2f',
      '%5c',
      '-1',
      '1e400',
      '__proto__',
      'a'.repeat(3_000),
    ]
    const cursors = [
      [],
      [null],
      ['x'],
      [1.5],
      [-1],
      [1e300],
      [1e20, 1e20],
      [1, 1.5],
      [0, '\u0000'],
      [8.64e15, 1],
      [[1]],
      [{}],
    ].map(cursor)
    const names = [
      'limit',
      'cursor',
      'from',
      'to',
      'ip',
      'path',
      'agent',
      'country',
      'asn',
      'status',
      'severity',
      'incident',
      'actor',
      'action',
      'subject',
      'network',
      'findings',
      'by',
      'source',
      'sourceName',
      'outcome',
      'without',
      'waiting',
      'sort',
      'kind',
    ]
    const times = [
      '0',
      '-271821-04-20T00:00:00.000Z',
      '+275760-09-13T00:00:00.000Z',
      '9999999999999999',
      'x',
    ]
    const reads = routes.filter(
      ({ method, path }) => method === 'GET' && path !== '/admin/api/live',
    )
    for (const { path, name } of reads) {
      const queries = [
        ...names.map((parameter, nth) => `${parameter}=${texts[nth % texts.length]}`),
        ...names.map((parameter, nth) => `${parameter}=${texts[(nth * 7 + 3) % texts.length]}`),
        ...cursors.map((key) => `cursor=${key}`),
        ...cursors.map((key) => `sort=worst&cursor=${key}`),
        ...times.flatMap((time) => [
          `from=${encodeURIComponent(time)}`,
          `to=${encodeURIComponent(time)}`,
        ]),
        'limit=0',
        'limit=501',
        'limit=5&limit=6',
        'format=csv',
        'format=csv&format=json',
      ]
      const answers: string[] = []
      // A few at once: the embedded database has one session, and who waits long is sent away.
      for (let from = 0; from < queries.length; from += AT_ONCE) {
        const some = queries.slice(from, from + AT_ONCE).map(async (query) => {
          const answer = await ask('GET', `${path}?${query}`, { key: admin })
          await answer.arrayBuffer()
          const told = answer.status < 500 ? 'told' : answer.status
          return `${told} ${answer.headers.get('cache-control')}`
        })
        answers.push(...(await Promise.all(some)))
      }
      expect(
        new Set(answers),
        `${name}: ${queries[answers.findIndex((told) => told !== 'told no-store')]}`,
      ).to.deep.equal(new Set(['told no-store']))
    }
    for (const { method, path, name } of routes.filter(({ name }) => name.includes('{'))) {
      if (path === '/admin/api/subjects/1') continue
      for (const text of texts) {
        const answer = await ask(method, path.replace(/\/1(?=\/|$)/, `/${text}`), {
          key: admin,
          ...(method !== 'GET' && { body: '{}', headers: { 'content-type': JSON_TYPE } }),
        })
        expect(answer.status, `${name} ${text}`).to.be.within(200, 499)
      }
    }
  })

  it('names the methods of a route to who uses another one, and keeps nobody an answer', async () => {
    for (const method of ['PUT', 'PATCH']) {
      const answer = await ask(method, '/admin/api/blocks', { key: admin })
      expect(answer.status).to.equal(405)
      expect(answer.headers.get('allow')).to.equal('HEAD, GET, POST, DELETE')
      expect(answer.headers.get('cache-control')).to.equal('no-store')
    }
    const head = await ask('HEAD', '/admin/api/blocks', { key: admin })
    expect([head.status, head.headers.get('cache-control'), await head.text()]).to.deep.equal([
      200,
      'no-store',
      '',
    ])
    const unknown = await ask('GET', '/admin/api/nothing', { key: admin })
    expect([unknown.status, unknown.headers.get('cache-control')]).to.deep.equal([404, 'no-store'])
  })

  it('gives lists to their end, each item once, while others add to them', async () => {
    const block = (nth: number) => {
      const body = JSON.stringify({ ipAddress: `203.0.113.${nth}` })
      return ask('POST', '/admin/api/blocks', {
        key: admin,
        body,
        headers: { 'content-type': JSON_TYPE },
      })
    }
    for (let nth = 1; nth <= 12; nth++) await block(nth)
    for (const [list, keyOf] of [
      ['blocks', 'ipAddress'],
      ['audit', 'id'],
    ] as const) {
      const first = await ask('GET', `/admin/api/${list}?limit=500`, { key: admin })
      const before = ((await first.json()) as { items: Record<string, unknown>[] }).items
      const seen: unknown[] = []
      let more: string | null = ''
      for (let nth = list === 'blocks' ? 100 : 150; more !== null; nth++) {
        const answer = await ask('GET', `/admin/api/${list}?limit=5${more && `&cursor=${more}`}`, {
          key: admin,
        })
        const { items, next } = (await answer.json()) as {
          items: Record<string, unknown>[]
          next: string | null
        }
        seen.push(...items.map((item) => item[keyOf]))
        more = next
        await block(nth)
      }
      expect(new Set(seen).size, list).to.equal(seen.length)
      expect(seen, list).to.include.members(before.map((item) => item[keyOf]))
    }
  })
})
