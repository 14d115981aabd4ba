import { once } from 'node:events'
import { createServer } from 'node:http'
import { expect } from 'chai'
import Koa from 'koa'
import type { Block } from '../../src/blocklist/blocklist'
import { enforceBlocklist } from '../../src/blocklist/middleware'
import { answerErrors } from '../../src/http/errors'
import { urlOf } from '../../src/http/server'
import type { State } from '../../src/http/state'
import { requireAddress } from '../../src/net/address'
import { requireNetwork } from '../../src/net/network'
import { eventually } from '../support/eventually'

describe('enforceBlocklist', () => {
  const address = requireAddress('192.0.2.7')
  const block: Block = {
    ipAddress: requireNetwork('192.0.2.0/24'),
    reason: 'scans',
    source: 'person',
    sourceName: null,
    expiresAt: null,
  }
  const server = createServer()
  const lines: Record<string, unknown>[] = []

  before(async () => {
    const log = { info: (line: object) => void lines.push({ ...line }), error: () => {} }
    const app = new Koa<State>()
    app.use(answerErrors(log as never))
    app.use((ctx, next) => {
      ctx.state.client = { address, peer: address, because: '' }
      return next()
    })
    app.use(enforceBlocklist({ find: () => block, noteHit: () => {} }, log as never))
    server.on('request', app.callback()).listen(0, '127.0.0.1')
    await once(server, 'listening')
  })
  after(() => void server.close())

  it('tells the incidents of a flood a few at a time, and how many more there were', async () => {
    const answers = await Promise.all(Array.from({ length: 50 }, () => fetch(urlOf(server))))
    const incidents = await Promise.all(
      answers.map(async (answer) => ((await answer.json()) as { incident: string }).incident),
    )
    expect(new Set(incidents).size).to.equal(50)
    const told = lines.map(({ incident }) => incident)
    expect(incidents).to.include.members(told)
    expect(told).to.have.lengthOf(10)

    await eventually('the others are counted', () => lines.length > 10)
    expect(lines.at(-1)).to.deep.equal({ requests: 40 })
  })

  it('tells every incident of quieter times, and no address', async () => {
    lines.length = 0
    const answer = await fetch(urlOf(server))
    const { incident } = (await answer.json()) as { incident: string }
    const { ipAddress, ...told } = block
    expect(lines).to.deep.equal([{ incident, prefix: 24, ...told }])
    expect(JSON.stringify(lines)).to.not.include('192.0.2')
  })
})
