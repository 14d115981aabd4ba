import { once } from 'node:events'
import { connect } from 'node:net'
import { text as textOf } from 'node:stream/consumers'
import { expect } from 'chai'
import { eventually } from '../support/eventually'
import { HOSTILE, UNSAFE } from '../support/hostile'
import { runScript } from '../support/script'
import { startTestService, type TestService } from '../support/service'

const LONGEST_BYTES = 2_048
/** The writer's thread starts with the service, and other tests may be busy. */
const WRITTEN_WITHIN_MS = 30_000

interface Row {
  ipAddress: string
  method: string
  path: string
  query: string
  userAgent: string
  account: string | null
}

describe('hostile texts', () => {
  let service: TestService
  let key: string

  before(async () => {
    service = await startTestService({ TRUSTED_PROXIES: '127.0.0.1' })
    key = await service.key('admin', 'check', 'ingest', 'bouncer')
  })
  after(() => service.stop())

  /** All rows of the log, once there are so many of these addresses. */
  async function rows(network: string, count: number): Promise<Row[]> {
    let items: Row[] = []
    await eventually(
      `${count} rows of ${network}`,
      async () => {
        const answer = await service.send(`/admin/api/requests?ip=${network}&limit=500`, { key })
        items = ((await answer.json()) as { items: Row[] }).items
        return items.length >= count
      },
      WRITTEN_WITHIN_MS,
    )
    return items
  }

  function expectSafe(rows: Row[]): void {
    for (const { method, path, query, userAgent, account } of rows) {
      for (const text of [method, path, query, userAgent, account ?? '']) {
        expect(text).not.to.match(UNSAFE).and.not.to.include('\n')
        expect(Buffer.byteLength(text)).to.be.at.most(LONGEST_BYTES)
      }
    }
  }

  it('in records cost no other record, and are stored so that they can be shown', async () => {
    const poisoned = HOSTILE.map((text) => record('198.18.0.1', text))
    const good = HOSTILE.map(() => record('198.18.0.2', 'good'))
    const json = poisoned.flatMap((record, n) => [record, good[n]])
    const document = await service.send('/v1/ingest', { method: 'POST', key, json })
    expect(await document.json()).to.include({ accepted: json.length, rejected: 0 })

    const body = json.map((record) => JSON.stringify(record)).join('\n')
    const headers = { 'content-type': 'application/x-ndjson' }
    const lines = await service.send('/v1/ingest', { method: 'POST', key, headers, body })
    expect(await lines.json()).to.include({ accepted: json.length, rejected: 0 })

    expectSafe(await rows('198.18.0.1', 2 * HOSTILE.length))
    expect(await rows('198.18.0.2', 2 * HOSTILE.length)).to.have.length(2 * HOSTILE.length)
  })

  it('as bytes that are no UTF-8 stay visible in every format', async () => {
    const bytes = Buffer.from('fffe80c0afeda080f5', 'hex')
    const wrapped = (before: string, after: string) =>
      Buffer.concat([Buffer.from(before), bytes, Buffer.from(after)])
    const fields = JSON.stringify({ ...record('198.18.1.1', 'X'), account: null })
    const [before = '', after = ''] = fields.replace('"/X?X"', '"/|"').split('|')
    const bodies: [type: string, body: Buffer][] = [
      ['application/x-ndjson', wrapped(before, `${after}\n`)],
      [
        'application/json',
        Buffer.concat([Buffer.from('['), wrapped(before, after), Buffer.from(']')]),
      ],
      [
        'text/plain',
        wrapped('198.18.1.1 - - [17/May/2026:10:05:03 +0000] "GET /', ' HTTP/1.1" 200 5 "-" "x"\n'),
      ],
    ]
    for (const [type, body] of bodies) {
      const headers = { 'content-type': type }
      const answer = await service.send('/v1/ingest', {
        method: 'POST',
        key,
        headers,
        body: Uint8Array.from(body),
      })
      expect(await answer.json(), type).to.include({ accepted: 1, rejected: 0 })
    }
    for (const { path } of await rows('198.18.1.1', 3)) {
      expect(path).to.equal('/\\xff\\xfe\\x80\\xc0\\xaf\\xed\\xa0\\x80\\xf5')
    }
  })

  it('in lines of an access log cost no other line', async () => {
    const line = (address: string, text: string) => {
      return `${address} - ${text} [17/May/2026:10:05:03 +0000] "GET /${text} HTTP/1.1" 200 5 "${text}" "${text}"`
    }
    // A server writes a line per request: it escapes line breaks, and quotes unless somebody forges.
    const texts = HOSTILE.map((text) => text.replace(/[\r\n]/g, '\\n'))
    const body = texts.flatMap((text) => [line('198.18.2.1', text), line('198.18.2.2', 'x')])
    const headers = { 'content-type': 'text/plain' }
    const sent = { method: 'POST', key, headers, body: body.join('\n') }
    const answer = (await (await service.send('/v1/ingest', sent)).json()) as { accepted: number }
    expect(answer.accepted).to.be.at.least(HOSTILE.length)
    expect(JSON.stringify(answer)).not.to.match(UNSAFE)

    expect(await rows('198.18.2.2', HOSTILE.length)).to.have.length(HOSTILE.length)
    expectSafe(await rows('198.18.2.1', answer.accepted - HOSTILE.length))
  })

  it('in visits that are judged cost no other visit', async () => {
    const texts = HOSTILE.filter((text) => text.length <= 5_000)
    for (const text of texts) {
      const visit = {
        ip: '198.18.3.1',
        method: text.slice(0, 32),
        path: `/${text}?${text}`,
        userAgent: text,
        account: text.slice(0, 256),
      }
      const answer = await service.send('/v1/check', { method: 'POST', key, json: visit })
      expect(answer.status, JSON.stringify(text).slice(0, 80)).to.equal(200)
    }
    expectSafe(await rows('198.18.3.1', texts.length))
  })

  it('in requests to the service itself are answered and recorded, or refused by its parser', async () => {
    let answered = 0
    for (const text of HOSTILE) {
      const path = Buffer.from(text)
        .toString('latin1')
        .replace(/[\0-\x20\x7f]/g, encodeURIComponent)
      const status = await request(new URL(service.url), [
        `GET /${path} HTTP/1.1`,
        'Host: example.com',
        'Connection: close',
        'X-Forwarded-For: 198.18.4.1',
        `User-Agent: ${Buffer.from(text).toString('latin1')}`,
        `Referer: ${path}`,
        `Cookie: portcullis=${path}`,
      ])
      expect(status, JSON.stringify(text).slice(0, 80)).to.be.oneOf([400, 404, 431])
      if (status === 404) answered++
    }
    expect(answered).to.be.above(40)
    expectSafe(await rows('198.18.4.1', answered))
  })

  it('in parameters of every route are refused or answered, and never an error of ours', async () => {
    const routes = [
      'GET /admin/api/requests?path=…',
      'GET /admin/api/requests?status=…',
      'GET /admin/api/requests?from=…',
      'GET /admin/api/requests?cursor=…',
      'GET /admin/api/requests?limit=…',
      'GET /admin/api/suspicious?sort=…',
      'GET /admin/api/suspicious?to=…',
      'GET /admin/api/suspicious?cursor=…',
      'GET /admin/api/suspicious/…',
      'GET /admin/api/blocks?cursor=…',
      'GET /admin/api/overview?from=…',
      'GET /admin/api/…',
      'GET /v1/check/…',
      'GET /v1/decisions/stream?startup=…',
      'GET /v1/forward-auth/…',
      'GET /v1/blocklist.…',
      'DELETE /admin/api/blocks/…',
      'DELETE /admin/api/allowed?ipAddress=…',
    ]
    const cursors = [
      [1e300, 1],
      [-1e300, 1],
      [8.64e15, 1],
      [1, 1e300],
      [0, -1e20],
      ['x', 1],
    ]
    const texts = [
      ...HOSTILE.filter((text) => text.length < 2_000),
      ...cursors.map((cursor) => Buffer.from(JSON.stringify(cursor)).toString('base64url')),
      '-271821-04-20',
      '+275760-09-13',
      '-004714-01-01',
      '0000-01-01',
      '999999999999999',
      '99999999999999999999',
      '-1',
      '1.5',
    ]
    for (const route of routes) {
      const [method, path = ''] = route.split(' ')
      await inTurns(texts, async (text) => {
        const url = path.replace('…', () => encodeURIComponent(text.toWellFormed()))
        const answer = await service.send(url, { method, key })
        expect(answer.status, `${route} ${JSON.stringify(text).slice(0, 80)}`).to.be.below(500)
        expect(await answer.text()).not.to.match(UNSAFE)
      })
    }
  }).timeout(120_000)

  it('in bodies of every route are refused or kept so that they can be shown', async () => {
    await inTurns(HOSTILE, async (text) => {
      const bodies: [path: string, body: unknown][] = [
        ['/login', { email: text, password: text }],
        ['/admin/api/blocks', { ipAddress: '198.18.5.1', reason: text }],
        ['/admin/api/allowed', { ipAddress: '198.18.6.1', reason: text }],
        ['/admin/api/blocks', { ipAddress: text, reason: text }],
        ['/admin/api/blocks', { ipAddress: '198.18.5.1', for: text }],
        ['/admin/api/detection/run', { hour: text }],
        ['/admin/api/suspicious/1/review', { decision: text, note: text }],
        ['/v1/check', { ip: text, method: text, path: text, tier: text }],
        ['/v1/check', text],
      ]
      for (const [path, json] of bodies) {
        const answer = await service.send(path, { method: 'POST', key, json })
        expect(answer.status, `${path} ${JSON.stringify(text).slice(0, 80)}`).to.be.below(500)
        expect(await answer.text()).not.to.match(UNSAFE)
      }
    })
  }).timeout(120_000)

  it('in a log that a script loads reach no terminal', async () => {
    const env = { DATABASE_URL: service.database.url, DATA_DIR: service.dataDir }
    const line = '198.18.7.1 - - [17/May/2026:10:05:03 +0000] "GET /x HTTP/1.1" 200 5 "-" "x"'
    const log = HOSTILE.flatMap((text) => [text.replace(/\n/g, ' '), line]).join('\n')
    for (const args of [['-'], ['-', '--json']]) {
      const { code, stdout, stderr } = await runScript('ingest-log', args, env, log)
      expect(code, stderr).to.equal(0)
      expect(stdout).not.to.match(UNSAFE)
      expect(stderr).to.equal('')
    }
    await rows('198.18.7.1', 2 * HOSTILE.length)

    const wrong = await runScript('block-ip', ['--\x1b[31m\x9b2J', '192.0.2.1'], env)
    expect(wrong.code).to.equal(2)
    expect(wrong.stderr).not.to.match(UNSAFE)
  })
})

function record(ip: string, text: string) {
  return {
    ip,
    timestamp: Date.now(),
    method: text.slice(0, 200) || '-',
    path: `/${text}?${text}`,
    status: 200,
    userAgent: text,
    account: text.slice(0, 256),
  }
}

/** Sends these lines byte by byte; the status of the answer. */
async function request({ hostname, port }: URL, lines: string[]): Promise<number> {
  const socket = connect({ host: hostname, port: Number(port) })
  await once(socket, 'connect')
  socket.write(Buffer.from([...lines, '', ''].join('\r\n'), 'latin1'))
  const answer = await textOf(socket)
  return Number(/^HTTP\/1\.1 (\d{3}) /.exec(answer)?.[1])
}

async function inTurns(texts: string[], ask: (text: string) => Promise<void>): Promise<void> {
  for (let start = 0; start < texts.length; start += 10) {
    await Promise.all(texts.slice(start, start + 10).map(ask))
  }
}
