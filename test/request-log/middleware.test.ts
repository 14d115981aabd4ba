import type { AddressInfo } from 'node:net'
import { expect } from 'chai'
import Koa from 'koa'
import { answerErrors } from '../../src/http/errors'
import type { State } from '../../src/http/state'
import { requireAddress } from '../../src/net/address'
import { createLogger } from '../../src/platform/logger'
import { optOutReader } from '../../src/privacy/opt-out'
import { recordRequest } from '../../src/request-log/middleware'
import type { LogEntry } from '../../src/request-log/request-log'

describe('recording requests', () => {
  const entries: LogEntry[] = []
  const address = requireAddress('198.51.100.7')
  const app = new Koa<State>()
  app.use(answerErrors(createLogger('silent')))
  app.use((ctx, next) => {
    ctx.state.client = { address, peer: address, because: 'test' }
    return next()
  })
  app.use(
    recordRequest(
      { record: async (entry) => entries.push(entry) > 0 },
      optOutReader({ honorDnt: false }),
    ),
  )
  app.use(async (ctx) => {
    if (ctx.path === '/text') ctx.body = 'héllo'
    if (ctx.path === '/json') ctx.body = { some: 'thing' }
    if (ctx.path === '/refused') ctx.throw(403, 'blocked', { code: 'blocked' })
    if (ctx.path === '/broken') throw new Error('a fault of ours')
    if (ctx.path === '/slow') await new Promise((resolve) => setTimeout(resolve, 30))
    if (ctx.path === '/signed-in') ctx.state.identity = { kind: 'key', name: 'app', scopes: [] }
  })
  const server = app.listen(0, '127.0.0.1')

  after(() => server.close())
  beforeEach(() => entries.splice(0))

  async function request(path: string, init: RequestInit = {}) {
    const { port } = server.address() as AddressInfo
    const answer = await fetch(`http://127.0.0.1:${port}${path}`, init)
    expect(entries, 'recorded before the answer').to.have.length(1)
    return { status: answer.status, entry: entries[0]! }
  }

  it('keeps what was asked, by whom and with what answer', async () => {
    const { entry } = await request('/text?a=b', {
      method: 'PUT',
      headers: { 'user-agent': 'tester/1' },
    })

    expect(entry).to.deep.include({
      address,
      method: 'PUT',
      path: '/text',
      query: 'a=b',
      status: 200,
      bytes: 6,
      userAgent: 'tester/1',
      account: null,
      source: 'service',
    })
    expect(entry.timestamp).to.be.closeTo(Date.now(), 2_000)
  })

  it('gives every request the status it is answered with', async () => {
    for (const path of ['/text', '/json', '/refused', '/broken', '/nothing']) {
      entries.splice(0)
      const { status, entry } = await request(path)
      expect(entry.status, path).to.equal(status)
    }
  })

  it('measures the time', async () => {
    const { entry } = await request('/slow')

    expect(entry.durationMs).to.be.within(25, 1_000)
  })

  it('names the account', async () => {
    const { entry } = await request('/signed-in')

    expect(entry.account).to.equal('app')
  })
})
