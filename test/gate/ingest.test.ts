import { once } from 'node:events'
import { request as httpRequest, type IncomingMessage } from 'node:http'
import type { AddressInfo } from 'node:net'
import { json } from 'node:stream/consumers'
import { gzipSync } from 'node:zlib'
import { expect } from 'chai'
import Koa from 'koa'
import { ingestRoutes } from '../../src/gate/ingest'
import { answerErrors } from '../../src/http/errors'
import { createLogger } from '../../src/platform/logger'
import type { LogEntry } from '../../src/request-log/request-log'

const LINE = '192.0.2.7 - - [17/May/2015:10:05:03 +0000] "GET /a?b HTTP/1.1" 200 5 "-" "curl/8"'
const RECORD = {
  ip: '192.0.2.8',
  timestamp: '2024-05-01T12:00:00+02:00',
  method: 'POST',
  path: '/login?next=/',
  status: 401,
}

describe('POST /v1/ingest', () => {
  const entries: LogEntry[] = []
  let disk = Number.POSITIVE_INFINITY
  let room = true
  const router = ingestRoutes({
    requestLog: {
      recordAll: (piece) => entries.length + piece.length <= disk && entries.push(...piece) >= 0,
      room: async () => room,
    },
    requireIngestKey: (_ctx, next) => next(),
    isTrusted: () => false,
    retentionDays: 30,
  })
  const app = new Koa().use(answerErrors(createLogger('silent'))).use(router.routes())
  app.silent = true // A client goes away below.
  const server = app.listen(0, '127.0.0.1')
  const port = () => (server.address() as AddressInfo).port

  after(() => server.close())
  beforeEach(() => {
    entries.length = 0
    disk = Number.POSITIVE_INFINITY
    room = true
  })

  async function post(type: string, body: string | Uint8Array<ArrayBuffer>, headers = {}) {
    const answer = await fetch(`http://127.0.0.1:${port()}/v1/ingest`, {
      method: 'POST',
      headers: { 'content-type': type, ...headers },
      body,
    })
    return { status: answer.status, body: (await answer.json()) as Record<string, unknown> }
  }

  /** Sends the second piece when the first has been taken. */
  async function postPieces(first: string, second: string) {
    const client = httpRequest({ port: port(), method: 'POST', path: '/v1/ingest' })
    client.setHeader('content-type', 'text/plain')
    client.write(first)
    while (entries.length === 0) await new Promise((resolve) => setTimeout(resolve, 5))
    client.end(second)
    const [answer] = (await once(client, 'response')) as [IncomingMessage]
    return { status: answer.statusCode, body: (await json(answer)) as Record<string, unknown> }
  }

  it('takes lines of an access log', async () => {
    const { status, body } = await post('text/plain', `${LINE}\n${LINE}\r\n\n${LINE}`)

    expect(status).to.equal(202)
    expect(body).to.deep.equal({ accepted: 3, rejected: 0, firstRejected: [] })
    expect(entries[2]).to.include({
      address: '192.0.2.7',
      path: '/a',
      query: 'b',
      source: 'ingest',
    })
  })

  it('takes gzip, whether it is announced or not', async () => {
    const body = Uint8Array.from(gzipSync(`${LINE}\n`.repeat(10_000)))
    await post('text/plain', body, { 'content-encoding': 'gzip' })
    await post('text/plain; charset=utf-8', body)

    expect(entries).to.have.length(20_000)
  })

  it('takes records, one a line or in a document', async () => {
    const second = { ...RECORD, ip: undefined, ipAddress: '2001:DB8::1', timestamp: 1714557600000 }
    await post('application/x-ndjson', `${JSON.stringify(RECORD)}\n${JSON.stringify(second)}\n`)
    await post('application/json', JSON.stringify([RECORD, second]))
    await post('application/json', JSON.stringify({ records: [RECORD] }, null, 2))

    expect(entries).to.have.length(5)
    expect(entries[0]).to.deep.equal({
      address: '192.0.2.8',
      timestamp: Date.UTC(2024, 4, 1, 10),
      method: 'POST',
      path: '/login',
      query: 'next=/',
      status: 401,
      durationMs: null,
      bytes: null,
      userAgent: '',
      account: null,
      source: 'ingest',
      optedOut: false,
      hasReferer: undefined,
    })
    expect(entries[1]).to.include({ address: '2001:db8::1', timestamp: 1714557600000 })
  })

  it('names bad lines and takes the others', async () => {
    const { status, body } = await post('text/plain', `${LINE}\nnonsense\n${LINE}\n`)

    expect(status).to.equal(202)
    expect(body).to.deep.equal({
      accepted: 2,
      rejected: 1,
      firstRejected: [{ line: 2, reason: 'not a request in any known format', text: 'nonsense' }],
    })
  })

  it('names what is wrong with a record', async () => {
    const bad = [
      { ...RECORD, ip: '1.2.3' },
      { ...RECORD, timestamp: 0 },
      { ...RECORD, timestamp: 'yesterday' },
      { ...RECORD, status: '200' },
      {},
      null,
    ]
    const { body } = await post('application/json', JSON.stringify([...bad, RECORD]))
    const reasons = (body.firstRejected as { reason: string }[]).map(({ reason }) => reason)

    expect(body).to.include({ accepted: 1, rejected: 6 })
    expect(reasons[0]).to.equal(
      'ip: "1.2.3" is not a whole address: write all four numbers of an IPv4 address, such as 192.0.2.1.',
    )
    expect(reasons[1]).to.equal('timestamp: the time lies before 1990')
    expect(reasons[2]).to.match(/^timestamp: /)
    expect(reasons[3]).to.match(/^status: /)
  })

  it('refuses what it cannot read', async () => {
    const broken = gzipSync(`${LINE}\n`.repeat(1_000)).subarray(0, 50)
    const answers = await Promise.all([
      post('image/png', 'x'),
      post('application/json', '{"records":'),
      post('application/json', '{"lines":[]}'),
      post('text/plain', Uint8Array.from(broken)),
    ])

    expect(answers.map(({ status }) => status)).to.deep.equal([415, 400, 400, 400])
  })

  it('stops at its limit, counted after decompression, and says what it has taken', async () => {
    const bomb = gzipSync(Buffer.alloc(17 * 1024 * 1024, ' '))
    const { status, body } = await post('application/json', Uint8Array.from(bomb))

    expect(status).to.equal(413)
    expect(body).to.include({ accepted: 0, code: 'not_ingested' })
  })

  it('stops when the disk takes no more, or the database is too slow, and says what it has taken', async () => {
    disk = 2
    const full = await postPieces(`${LINE}\n`.repeat(2), `${LINE}\n`.repeat(3))
    expect(full.status).to.equal(507)
    expect(full.body).to.include({ accepted: 2 })

    disk = Number.POSITIVE_INFINITY
    room = false
    const slow = await post('text/plain', `${LINE}\n`.repeat(3))
    expect(slow.status).to.equal(503)
    expect(slow.body).to.include({ accepted: 3 })
  })

  it('keeps what it has taken of a client that goes away', async () => {
    const client = httpRequest({ port: port(), method: 'POST', path: '/v1/ingest' })
    client.on('error', () => {})
    client.setHeader('content-type', 'text/plain')
    client.setHeader('transfer-encoding', 'chunked')
    client.write(`${LINE}\n${LINE}\n`)
    while (entries.length < 2) await new Promise((resolve) => setTimeout(resolve, 5))
    client.destroy()

    expect((await post('text/plain', LINE)).status).to.equal(202)
    expect(entries).to.have.length(3)
  })

  it('takes many days of an old log, but not any number, each of which would become tables', async () => {
    const days = Array.from({ length: 500 }, (_, day) => {
      return JSON.stringify({ ...RECORD, timestamp: Date.UTC(1995, 0, 1 + day) })
    })
    const { body } = await post('application/x-ndjson', days.join('\n'))
    expect(body.accepted).to.be.within(350, 400)
    expect(body.firstRejected).to.have.nested.property('[0].reason').that.includes('RETENTION_DAYS')
  })
})
