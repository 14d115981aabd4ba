import { expect } from 'chai'
import fc from 'fast-check'
import { anyFormat } from '../../src/access-log/any-format'
import type { LogEntry } from '../../src/request-log/entry'

const address = fc.oneof(fc.ipV4(), fc.ipV6())
const second = fc.integer({ min: Date.UTC(2000, 0, 1) / 1_000, max: Date.UTC(2026, 0, 1) / 1_000 })
const token = fc.string({ unit: fc.constantFrom(...'abcXYZ019-_.~%/+'), maxLength: 30 })
const agent = fc.string({ unit: fc.constantFrom(...'abc XYZ/0.9;()[]"\\{}<>,:='), maxLength: 40 })
const request = fc.record({
  address,
  second,
  method: fc.constantFrom('GET', 'POST', 'PROPFIND'),
  path: token.map((text) => `/${text}`),
  query: token,
  status: fc.integer({ min: 100, max: 599 }),
  bytes: fc.nat(),
  agent: agent.filter((text) => text !== '-'),
})
type Request = Parameters<Parameters<typeof request.map>[0]>[0]

const MONTHS = 'Jan Feb Mar Apr May Jun Jul Aug Sep Oct Nov Dec'.split(' ')

function clfTime(second: number): string {
  const iso = new Date(second * 1_000).toISOString()
  const month = MONTHS[Number(iso.slice(5, 7)) - 1]
  return `${iso.slice(8, 10)}/${month}/${iso.slice(0, 4)}:${iso.slice(11, 19)}`
}

function iso(second: number): string {
  return new Date(second * 1_000).toISOString()
}

function target({ path, query }: Request): string {
  return query === '' ? path : `${path}?${query}`
}

function escaped(text: string): string {
  return text.replace(/["\\]/g, '\\$&')
}

const WRITERS: Record<string, (request: Request) => string> = {
  combined: (r) =>
    `${r.address} - - [${clfTime(r.second)} +0000] "${r.method} ${target(r)} HTTP/1.1" ${r.status} ${r.bytes} "-" "${escaped(r.agent)}"`,
  'a virtual host and combined': (r) => `shop.example ${WRITERS.combined!(r)}`,
  'combined in syslog': (r) => `Mar  7 10:05:04 web-1 nginx[1]: ${WRITERS.combined!(r)}`,
  'an AWS load balancer': (r) =>
    `https ${iso(r.second)} app/lb/1 ${r.address}:443 - -1 -1 -1 ${r.status} - 0 ${r.bytes} "${r.method} https://x.example:443${target(r)} HTTP/2.0" "${escaped(r.agent)}" - -`,
  Traefik: (r) =>
    JSON.stringify({
      ClientHost: r.address,
      StartUTC: iso(r.second),
      RequestMethod: r.method,
      RequestPath: target(r),
      DownstreamStatus: r.status,
      DownstreamContentSize: r.bytes,
      'request_User-Agent': r.agent,
    }),
  Caddy: (r) =>
    JSON.stringify({
      ts: r.second,
      request: {
        remote_ip: r.address,
        method: r.method,
        uri: target(r),
        headers: { 'User-Agent': [r.agent] },
      },
      status: r.status,
      size: r.bytes,
    }),
}

describe('lines made at random', () => {
  for (const [name, write] of Object.entries(WRITERS)) {
    it(`tell what was written, as ${name}`, () => {
      const parse = anyFormat()
      fc.assert(
        fc.property(request, (given) => {
          const entry = parse(write(given)) as LogEntry
          expect(entry).to.deep.include({
            timestamp: given.second * 1_000,
            method: given.method,
            path: given.path,
            query: given.query,
            status: given.status,
            bytes: given.bytes,
            userAgent: given.agent,
          })
          expect(entry.address).to.equal((parse(plain(given)) as LogEntry).address)
        }),
        { numRuns: 300 },
      )
    })
  }

  it('never throw, and are an entry, a reason or nothing', () => {
    const pieces = fc.constantFrom(
      ...Object.values(WRITERS).map((write) => write(sample())),
      '2026/03/07 10:05:03 [error] 1#1: *3 x, client: 192.0.2.7, server: _, request: "GET / HTTP/1.1"',
      '[Sat Mar 07 10:05:03.2 2026] [core:error] [client 192.0.2.7:1] AH00126: Invalid URI in request GET / HTTP/1.1',
      '[07/Mar/2026:10:05:03 +0000] - 200 404 - GET https x "/" [Client 192.0.2.7] [Length 5] "a" "-"',
      '<Event><Data Name="c-ip">192.0.2.7</Data><Data Name="date">2026-03-07</Data></Event>',
      '[2026-03-07 14:14:02.4] [router:x] [origin:x] [client: 192.0.2.7] [useragent: x] GET / 200',
      '#Fields: date time c-ip cs-method cs-uri-stem sc-status',
      '2026-03-07 10:05:03 192.0.2.7 GET / 200',
    )
    const broken = fc
      .tuple(pieces, fc.nat(400), fc.nat(400), fc.string({ unit: 'binary', maxLength: 20 }))
      .map(([line, from, to, noise]) => line.slice(0, from) + noise + line.slice(to))
    const parse = anyFormat()
    fc.assert(
      fc.property(fc.oneof(broken, fc.string({ unit: 'binary' })), (line) => {
        expect(typeof parse(line)).to.be.oneOf(['object', 'string', 'undefined'])
      }),
      { numRuns: 3_000 },
    )
  })

  it('are read in a time that grows with their length only', () => {
    const long = 60_000
    const hostile = [
      '"',
      '\\',
      '\\"',
      '[',
      '] "',
      '] [',
      ' ',
      ', ',
      ',1.2.3.4',
      '{"a":',
      '[client ',
      ', client: ',
      '<Data Name="',
      '<Data Name="c-ip">',
      ' - ',
      ':',
      '%25',
      '&lt;',
      '#',
      '[Client ',
      '\t',
      '.',
      '0',
      '" 200 ',
      '" [',
      ' [client: ] [useragent: ] ',
    ].flatMap((piece) => {
      const many = piece.repeat(Math.ceil(long / piece.length))
      const heads = [
        '',
        '192.0.2.7 - - [07/Mar/2026:10:05:03 +0000] "GET /',
        '{"message":"',
        '<Event ',
      ]
      heads.push('2026/03/07 10:05:03 [error] ', 'Mar  7 10:05:04 web-1 nginx: ', '192.0.2.7, ')
      return heads.map((head) => head + many)
    })
    const parse = anyFormat()
    const startedAt = performance.now()
    for (const line of hostile) parse(line)
    // Quadratic work on one of them would take minutes.
    expect((performance.now() - startedAt) / hostile.length).to.be.lessThan(200)
  })
})

function plain(given: Request): string {
  return `${given.address} - - [${clfTime(given.second)} +0000] "GET / HTTP/1.1" 200 5`
}

function sample(): Request {
  return fc.sample(request, { numRuns: 1, seed: 1 })[0]!
}
