import { once } from 'node:events'
import { readFileSync } from 'node:fs'
import { createServer, type IncomingHttpHeaders, type IncomingMessage, request } from 'node:http'
import type { AddressInfo } from 'node:net'
import path from 'node:path'
import { text } from 'node:stream/consumers'
import { expect } from 'chai'
import { eventually } from '../support/eventually'
import { requireNginx, startNginx } from '../support/nginx'
import { freePort } from '../support/port'
import { startTestService, type TestService } from '../support/service'

const RECIPE = path.join(__dirname, '../../docs/recipes/nginx.conf')

/** Visitors, as far as one machine has several addresses. */
const BLOCKED = '127.0.0.5'
const LIMITED = '127.0.0.6'
const WELCOME = '127.0.0.7'

/** The recipe as it is, but for the ports, in front of an application that says what it was sent. */
describe('the recipe for nginx', () => {
  let service: TestService
  let key: string
  let nginx: { stop(): Promise<void> } | undefined
  let port: number
  let stopped = false
  const app = createServer(async (asked, answer) => {
    const { method, url, headers } = asked
    answer.end(JSON.stringify({ method, url, headers, body: await text(asked) }))
  })

  before(async function () {
    requireNginx(this)
    service = await startTestService({
      TRUSTED_PROXIES: '127.0.0.1',
      RATE_LIMITS: 'free=3/1m anonymous',
    })
    await service.database.clean()
    key = await service.key('admin')
    const json = { ipAddress: BLOCKED, force: true }
    await service.send('/admin/api/blocks', { method: 'POST', key, json })
    app.listen(0, '127.0.0.1')
    await once(app, 'listening')
    port = await freePort()
    const http = readFileSync(RECIPE, 'utf8')
      .replace('listen 80;', `listen 127.0.0.1:${port};`)
      .replace('127.0.0.1:3000;', `${new URL(service.url).host};`)
      .replace('http://127.0.0.1:8080;', `http://127.0.0.1:${(app.address() as AddressInfo).port};`)
    nginx = await startNginx(http, `http://127.0.0.1:${port}/`)
  })
  after(async () => {
    await nginx?.stop()
    app.close()
    if (!stopped) await service?.stop()
  })

  async function visit(
    from: string,
    target: string,
    options: { method?: string; headers?: IncomingHttpHeaders; body?: string } = {},
  ) {
    const { body, ...rest } = options
    const sent = request({ host: '127.0.0.1', port, localAddress: from, path: target, ...rest })
    sent.end(body)
    const [answer] = (await once(sent, 'response')) as [IncomingMessage]
    return { status: answer.statusCode, headers: answer.headers, text: await text(answer) }
  }

  it('passes on who may come, with all they sent, and has the visit on record', async () => {
    const { status, text } = await visit(WELCOME, '/Order//1?x=%2e', {
      method: 'POST',
      headers: { 'user-agent': 'Browser', authorization: 'Bearer theirs', cookie: 'a=b' },
      body: 'two pears',
    })
    expect(status).to.equal(200)
    const seen = JSON.parse(text)
    expect(seen).to.include({ method: 'POST', url: '/Order//1?x=%2e', body: 'two pears' })
    expect(seen.headers).to.include({ authorization: 'Bearer theirs', cookie: 'a=b' })

    await eventually(
      'it is stored',
      async () => {
        const answer = await service.send(`/admin/api/requests?ip=${WELCOME}`, { key })
        const [item] = ((await answer.json()) as { items: object[] }).items
        if (!item) return false
        const visited = { method: 'POST', path: '/Order//1', query: 'x=%2e', userAgent: 'Browser' }
        expect(item).to.include({ ...visited, source: 'forward-auth', account: null })
        return true
      },
      20_000,
    )
  })

  it('refuses who is blocked, with the number of the incident, whatever they say', async () => {
    const lies = {
      'x-forwarded-for': '203.0.113.9',
      'x-original-uri': '/harmless',
      'x-original-method': 'HEAD',
    }
    const { status, headers, text } = await visit(BLOCKED, '/secret', { headers: lies })
    expect(status).to.equal(403)
    expect(headers['content-type']).to.match(/^text\/html/)
    const [, incident] = /incident number ([0-9a-f]{16})\./.exec(text) ?? []
    expect(incident, text).to.not.equal(undefined)

    await eventually(
      'an admin finds it',
      async () => {
        const answer = await service.send(`/admin/api/incidents/${incident}`, { key })
        if (answer.status !== 200) return false
        const found = (await answer.json()) as object
        expect(found).to.include({ ipAddress: BLOCKED, method: 'GET', path: '/secret' })
        return true
      },
      20_000,
    )
  })

  it('hands on that somebody asks too often, and when to come back', async () => {
    const statuses: unknown[] = []
    let last: Awaited<ReturnType<typeof visit>> | undefined
    for (let i = 0; i < 4; i++) {
      last = await visit(LIMITED, '/')
      statuses.push(last.status)
    }
    expect(statuses).to.deep.equal([200, 200, 200, 429])
    expect(Number(last!.headers['retry-after'])).to.be.within(1, 60)
  })

  it('lets nobody past by sending more than is read', async () => {
    const long = 'x'.repeat(7_000)
    const headers = { 'user-agent': long, referer: long, 'x-more': long }
    expect((await visit(BLOCKED, `/${long}`, { headers })).status).to.equal(431)
  })

  it('serves on while Portcullis is away', async () => {
    await service.stop()
    stopped = true
    expect((await visit('127.0.0.8', '/')).status).to.equal(200)
  })
})
