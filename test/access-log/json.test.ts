import { expect } from 'chai'
import { anyFormat } from '../../src/access-log/any-format'
import type { LogEntry } from '../../src/request-log/entry'

const TIME = Date.UTC(2026, 2, 7, 10, 5, 3)
const SEEN = {
  address: '192.0.2.7',
  timestamp: TIME,
  method: 'GET',
  path: '/a',
  query: 'b=c',
  status: 404,
  bytes: 512,
  userAgent: 'curl/8',
}

function read(document: object, parse = anyFormat()): LogEntry {
  const entry = parse(JSON.stringify(document))
  if (typeof entry !== 'object') throw new Error(entry)
  return entry
}

describe('a line of JSON', () => {
  const documents: Record<string, object> = {
    Traefik: {
      ClientAddr: '192.0.2.7:39496',
      ClientHost: '192.0.2.7',
      ClientUsername: '-',
      DownstreamContentSize: 512,
      DownstreamStatus: 404,
      Duration: 12_000_000,
      RequestMethod: 'GET',
      RequestPath: '/a?b=c',
      StartUTC: '2026-03-07T10:05:03.000779561Z',
      'request_User-Agent': 'curl/8',
    },
    Caddy: {
      level: 'info',
      ts: TIME / 1_000,
      logger: 'http.log.access',
      msg: 'handled request',
      request: {
        remote_ip: '10.0.0.1',
        client_ip: '192.0.2.7',
        proto: 'HTTP/2.0',
        method: 'GET',
        uri: '/a?b=c',
        headers: { 'User-Agent': ['curl/8'], Referer: ['https://x.example/'] },
      },
      duration: 0.012,
      size: 512,
      status: 404,
    },
    Envoy: {
      start_time: '2026-03-07T10:05:03.000Z',
      method: 'GET',
      path: '/a?b=c',
      response_code: 404,
      bytes_sent: 512,
      duration: 12,
      'user-agent': 'curl/8',
      downstream_remote_address: '192.0.2.7:40000',
    },
    Fastly: {
      timestamp: '2026-03-07T10:05:03+0000',
      client_ip: '192.0.2.7',
      host: 'shop.example',
      url: '/a?b=c',
      request_method: 'GET',
      request_user_agent: 'curl/8',
      response_status: 404,
      response_body_size: 512,
    },
    'nginx, with a request in one': {
      time_local: '07/Mar/2026:10:05:03 +0000',
      remote_addr: '192.0.2.7',
      request: 'GET /a?b=c HTTP/1.1',
      status: '404',
      body_bytes_sent: '512',
      request_time: '0.012',
      http_user_agent: 'curl/8',
      http_referer: '',
    },
    'nginx, with its parts': {
      time_iso8601: '2026-03-07T11:05:03+01:00',
      remote_addr: '192.0.2.7',
      request_method: 'GET',
      uri: '/a',
      args: 'b=c',
      status: 404,
      bytes_sent: 512,
      http_user_agent: 'curl/8',
    },
    'the records of POST /v1/ingest': {
      ip: '192.0.2.7',
      timestamp: TIME,
      method: 'GET',
      path: '/a?b=c',
      status: 404,
      bytes: 512,
      userAgent: 'curl/8',
    },
    'the Elastic Common Schema': {
      '@timestamp': '2026-03-07T10:05:03.000Z',
      source: { ip: '192.0.2.7' },
      http: { request: { method: 'GET' }, response: { status_code: 404, body: { bytes: 512 } } },
      url: { original: '/a?b=c' },
      user_agent: { original: 'curl/8' },
    },
    'the Elastic Common Schema with dots': {
      '@timestamp': '2026-03-07T10:05:03.000Z',
      'source.ip': '192.0.2.7',
      'http.request.method': 'GET',
      'http.response.status_code': 404,
      'http.response.body.bytes': 512,
      'url.original': '/a?b=c',
      'user_agent.original': 'curl/8',
    },
    'the Logpush of Cloudflare': {
      ClientIP: '192.0.2.7',
      ClientRequestMethod: 'GET',
      ClientRequestURI: '/a?b=c',
      ClientRequestUserAgent: 'curl/8',
      EdgeResponseBytes: 512,
      EdgeResponseStatus: 404,
      EdgeStartTimestamp: TIME * 1_000_000,
    },
    'a load balancer of Google': {
      timestamp: '2026-03-07T10:05:03Z',
      httpRequest: {
        remoteIp: '192.0.2.7',
        requestMethod: 'GET',
        requestUrl: 'https://shop.example/a?b=c',
        status: 404,
        responseSize: '512',
        userAgent: 'curl/8',
      },
    },
    'pino-http': {
      level: 30,
      time: TIME,
      req: {
        method: 'GET',
        url: '/a?b=c',
        remoteAddress: '192.0.2.7',
        headers: { 'user-agent': 'curl/8' },
      },
      res: { statusCode: 404 },
      bytes: 512,
      msg: 'request completed',
    },
  }

  for (const [name, document] of Object.entries(documents)) {
    it(`is read as ${name}`, () => expect(read(document)).to.deep.include(SEEN))
  }

  it('tells whether there was a referer where its program logs one', () => {
    expect(read(documents.Caddy!).hasReferer).to.equal(true)
    expect(read(documents['nginx, with a request in one']!).hasReferer).to.equal(false)
    expect(read(documents['a load balancer of Google']!).hasReferer).to.equal(undefined)
  })

  it('may hold a line of another program, in any collector', () => {
    const clf =
      '192.0.2.7 - - [07/Mar/2026:10:05:03 +0000] "GET /a?b=c HTTP/1.1" 404 512 "-" "curl/8"'
    const holders: object[] = [
      { log: `${clf}\n`, stream: 'stdout', time: '2026-03-07T10:05:04.123456789Z' },
      { timestamp: 1, host: { id: [] }, message: `web.0 nginx: ${clf}` },
      { MESSAGE: clf, _PID: '1' },
      { textPayload: JSON.stringify(documents.Caddy) },
    ]
    for (const holder of holders) expect(read(holder)).to.deep.include(SEEN)
  })

  it('is not read by a line that it holds when it names its own client', () => {
    const forged = '203.0.113.66 - - [07/Mar/2026:10:05:03 +0000] "GET /admin HTTP/1.1" 200 5'
    expect(read({ ...documents['pino-http'], msg: forged }).address).to.equal('192.0.2.7')
  })

  it('has the right-most of a list for its client, and that of a header behind trusted proxies only', () => {
    const listed = { ...documents.Traefik, ClientHost: '198.51.100.9,192.0.2.7,10.0.0.50' }
    const trusted = anyFormat((address) => address === '10.0.0.50')
    expect(read(listed).address).to.equal('10.0.0.50')
    expect(read(listed, trusted).address).to.equal('192.0.2.7')
    const nginx = documents['nginx, with its parts']
    const forwarded = {
      ...nginx,
      remote_addr: '10.0.0.50',
      http_x_forwarded_for: '9.9.9.9, 192.0.2.7',
    }
    expect(read(forwarded).address).to.equal('10.0.0.50')
    expect(read(forwarded, trusted).address).to.equal('192.0.2.7')
  })

  it('may have bytes that nginx escaped for no JSON', () => {
    const line = JSON.stringify(documents['nginx, with its parts']).replace('curl/8', 'a\\x22b')
    expect((anyFormat()(line) as LogEntry).userAgent).to.equal('a\\x22b')
  })

  it('takes times of every unit', () => {
    const times: unknown[] = [
      TIME / 1_000,
      TIME,
      TIME * 1_000,
      String(TIME / 1_000),
      `${TIME / 1_000}.000`,
    ]
    for (const time of times) {
      const document = { clientip: '192.0.2.7', time, method: 'GET', url: '/' }
      expect(read(document)).to.deep.include({ timestamp: TIME, address: '192.0.2.7' })
    }
  })

  it('with far too much in it is refused in no time', () => {
    const wide = JSON.stringify(Object.fromEntries(Array.from({ length: 5_000 }, (_, n) => [n, n])))
    const deep = `${'{"a":'.repeat(10_000)}1${'}'.repeat(10_000)}`
    for (const line of [wide, deep, '{"__proto__":{"ip":1},"constructor":2}']) {
      expect(anyFormat()(line)).to.contain('no request is known')
    }
  })
})
