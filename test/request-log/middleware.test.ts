import { once } from 'node:events'
import type { AddressInfo } from 'node:net'
import { setTimeout as sleep } from 'node:timers/promises'
import { expect } from 'chai'
import Koa from 'koa'
import { answerErrors } from '../../src/http/errors'
import type { State } from '../../src/http/state'
import { requireAddress } from '../../src/net/address'
import { createLogger } from '../../src/platform/logger'
import { optOutReader } from '../../src/privacy/opt-out'
import { recordRequest } from '../../src/request-log/middleware'
import type { LogEntry } from '../../src/request-log/request-log'
import { eventually } from '../support/eventually'

describe('recording requests', () => {
  const entries: LogEntry[] = []
  const address = requireAddress('198.51.100.7')
  const app = new Koa<State>()
  app.use(answerErrors(createLogger('silent')))
  app.use((ctx, next) => {
    ctx.state.client = { address, peer: address, because: 'test' }
    return next()
  })
  let client = new AbortController()
  let kept: Promise<boolean> = Promise.resolve(true)
  app.use(
    recordRequest(
      {
        record(entry) {
          entries.push(entry)
          return kept
        },
      },
      optOutReader({ honorDnt: false }),
    ),
  )
  app.use(async (ctx) => {
    if (ctx.path === '/text') ctx.body = 'héllo'
    if (ctx.path === '/json') ctx.body = { some: 'thing' }
    if (ctx.path === '/refused') ctx.throw(403, 'blocked', { code: 'blocked' })
    if (ctx.path === '/broken') throw new Error('a fault of ours')
    if (ctx.path === '/slow') await sleep(30)
    if (ctx.path === '/endless') {
      client.abort()
      await once(ctx.req.socket, 'close')
    }
    if (ctx.path === '/signed-in') ctx.state.identity = { kind: 'key', name: 'app', scopes: [] }
  })
  const server = app.listen(0, '127.0.0.1')

  after(() => server.close())
  beforeEach(() => entries.splice(0))

  async function request(path: string, init: RequestInit = {}, recorded = 1) {
    const { port } = server.address() as AddressInfo
    const answer = await fetch(`http://127.0.0.1:${port}${path}`, init)
    expect(entries, 'recorded before the answer').to.have.length(recorded)
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

  it('gives 499 to a request whose client did not wait for the answer', async () => {
    for (const init of [{}, { method: 'POST', body: 'x' }]) {
      entries.splice(0)
      const { port } = server.address() as AddressInfo
      client = new AbortController()
      const { signal } = client
      await fetch(`http://127.0.0.1:${port}/endless`, { ...init, signal }).catch(() => {})

      await eventually('it is recorded', () => entries.length === 1)
      expect(entries[0]).to.include({ path: '/endless', status: 499, bytes: null })
    }
  })

  it('holds every answer back until its record is on file', async () => {
    let onFile = () => {}
    kept = new Promise((resolve) => {
      onFile = () => resolve(true)
    })
    const answers = ['/text', '/broken', '/refused'].map((path) => request(path, {}, 3))
    await eventually('all are recorded', () => entries.length === 3)
    const answered = Promise.race(answers).then(() => 'answered')
    expect(await Promise.race([answered, sleep(50, 'waiting')])).to.equal('waiting')

    onFile()
    await Promise.all(answers)
  })

  it('names the account', async () => {
    const { entry } = await request('/signed-in')

    expect(entry.account).to.equal('app')
  })
})
