import { expect } from 'chai'
import { anyFormat } from '../../src/access-log/any-format'
import type { Address } from '../../src/net/address'
import type { LogEntry } from '../../src/request-log/entry'

const CLF =
  '[07/Mar/2026:10:05:03 +0000] "GET /a?b=c HTTP/1.1" 404 512 "https://x.example/" "curl/8"'
/** What most lines below say. */
const SEEN = {
  address: '192.0.2.7',
  timestamp: Date.UTC(2026, 2, 7, 10, 5, 3),
  method: 'GET',
  path: '/a',
  query: 'b=c',
  status: 404,
  bytes: 512,
  userAgent: 'curl/8',
}
const { bytes: _bytes, ...WITHOUT_BYTES } = SEEN
const { userAgent: _agent, ...WITHOUT_AGENT } = SEEN

function read(line: string, parse = anyFormat()): LogEntry {
  const entry = parse(line)
  if (typeof entry !== 'object') throw new Error(`${entry}: ${line}`)
  return entry
}

const trust =
  (...proxies: string[]) =>
  (address: Address) =>
    proxies.includes(address)

describe('a line of a log', () => {
  const lines: Record<string, [line: string, seen: object]> = {
    'combined with fields behind the agent': [`192.0.2.7 - - ${CLF} "shop" 0.004 -`, SEEN],
    'combined with fields behind the size': [
      `192.0.2.7 - - ${CLF.replace(' 512 ', ' 512 0.004 77 ')}`,
      SEEN,
    ],
    'combined without a size': [`192.0.2.7 - - ${CLF.replace(' 512 ', ' ')}`, WITHOUT_BYTES],
    'combined of a server that escapes no quotes': [
      `192.0.2.7 - - ${CLF.replace('b=c', 'b="c" d="')}`,
      { ...SEEN, query: 'b="c" d="' },
    ],
    'a virtual host in front': [`shop.example 192.0.2.7 - - ${CLF}`, SEEN],
    'a virtual host with its port in front': [`shop.example:443 192.0.2.7 - - ${CLF}`, SEEN],
    'BunkerWeb, with the number of a request': [
      `shop.example 192.0.2.7 - 5f3c1a - ${CLF}`,
      { ...SEEN, account: null },
    ],
    'BunkerWeb, with a user': [
      `shop.example 192.0.2.7 - anna ${CLF}`,
      { ...SEEN, account: 'anna' },
    ],
    'LiteSpeed, which may quote the whole line': [`"192.0.2.7 - - ${CLF}"`, SEEN],
    'the Traefik common format': [
      `192.0.2.7 - - ${CLF} 240 "shop@docker" "http://10.0.0.3:80" 12ms`,
      { ...SEEN, durationMs: 12 },
    ],
    'Traefik without an answer': [
      `192.0.2.7 - - ${CLF.replace('404 512', '- -')} 240 "-" "-" 0ms`,
      { ...SEEN, status: null, bytes: null },
    ],
    'cPanel, whose times begin with the month': [
      `192.0.2.7 - anna ${CLF.replace('07/Mar/2026', '03/07/2026')} "-" "-" 2083`,
      { ...SEEN, account: 'anna' },
    ],
    "cPanel's login log": [
      '[2026-03-07 20:05:03 +1000] info [cpaneld] 192.0.2.7 - anna "POST /login/?login_only=1 HTTP/1.1" FAILED LOGIN cpaneld: user password incorrect',
      {
        ...SEEN,
        method: 'POST',
        path: '/login/',
        query: 'login_only=1',
        status: 401,
        bytes: null,
        userAgent: '',
      },
    ],
    'nginx-proxy-manager': [
      '[07/Mar/2026:10:05:03 +0000] - 200 404 - GET https shop.example "/a?b=c" [Client 192.0.2.7] [Length 512] [Gzip 1.20] [Sent-to 10.0.0.5] "curl/8" "-"',
      SEEN,
    ],
    'time, host and client first': [
      '[07/Mar/2026:10:05:03 +0000] shop.example 192.0.2.7 0.227 "GET /a?b=c HTTP/2.0" 404 512 440 - curl/8 (x; y)',
      { ...SEEN, userAgent: 'curl/8 (x; y)' },
    ],
    'the nginx error log': [
      '2026/03/07 10:05:03 [error] 12#12: *3 open() "/srv/a" failed (2: No such file or directory), client: 192.0.2.7, server: _, request: "GET /a?b=c HTTP/1.1", host: "shop.example"',
      { ...SEEN, bytes: null, userAgent: '' },
    ],
    'the Apache error log': [
      '[Sat Mar 07 10:05:03.203277 2026] [core:error] [pid 7:tid 14] [client 192.0.2.7:14532] AH00126: Invalid URI in request GET /%2e%2e/x HTTP/1.1',
      {
        address: SEEN.address,
        timestamp: SEEN.timestamp + 203,
        path: '/%2e%2e/x',
        status: 400,
      },
    ],
    HAProxy: [
      '192.0.2.7:14853 [07/Mar/2026:10:05:03.127] https-in~ shop/web1 170/0/0/3/+173 404 +512 - - --NN 1/1/0/0/0 0/0 {curl/8|} "GET /a?b=c HTTP/1.1"',
      { ...WITHOUT_AGENT, timestamp: SEEN.timestamp + 127, durationMs: 173 },
    ],
    'HAProxy, IPv6': [
      '2001:db8::7:14853 [07/Mar/2026:10:05:03.127] in~ shop/web1 0/0/0/3/3 200 5 - - ---- 1/1/0/0/0 0/0 "GET / HTTP/1.1"',
      { address: '2001:db8::7' },
    ],
    'HAProxy, a request that could not be read': [
      '192.0.2.7:14853 [07/Mar/2026:10:05:03.127] in~ in/<NOSRV> -1/-1/-1/-1/0 400 0 - - PR-- 1/1/0/0/0 0/0 "<BADREQ>"',
      { method: '-', path: '<BADREQ>', status: 400 },
    ],
    'an AWS load balancer': [
      'h2 2026-03-07T10:05:03.186641Z app/lb/1 192.0.2.7:44740 10.0.0.1:80 0.086 0.048 0.037 404 404 0 512 "GET https://shop.example:443/a?b=c HTTP/2.0" "curl/8" ECDHE TLSv1.2 arn:x "Root=1" "-" "-" 0',
      { ...SEEN, timestamp: SEEN.timestamp + 186 },
    ],
    'an AWS load balancer without a target': [
      'https 2026-03-07T10:05:03.186641Z app/lb/1 [2001:db8::7]:44740 - -1 -1 -1 403 - 0 512 "GET https://shop.example:443/a HTTP/1.1" "-" - -',
      { address: '2001:db8::7' as Address, status: 403, durationMs: null, userAgent: '' },
    ],
    'a classic AWS load balancer': [
      '2026-03-07T10:05:03.186641Z lb 192.0.2.7:44740 10.0.0.1:80 0.086 0.048 0.037 404 404 0 512 "GET http://shop.example:80/a?b=c HTTP/1.1" "curl/8" - -',
      { ...SEEN, timestamp: SEEN.timestamp + 186 },
    ],
    Zoraxy: [
      '2026/03/07 10:05:03 [2026-03-07 10:05:03.417736] [router:host-http] [origin:shop.example] [client: 192.0.2.7] [useragent: Mozilla/5.0 [en] x] GET /a?b=c 404',
      { ...WITHOUT_BYTES, timestamp: SEEN.timestamp + 417, userAgent: 'Mozilla/5.0 [en] x' },
    ],
    'an IIS event in XML': [
      '<Event xmlns="x"><System><TimeCreated SystemTime="2026-03-07T10:05:04Z" /></System> <EventData> <Data Name="date">2026-03-07</Data> <Data Name="time">10:05:03</Data> <Data Name="c-ip">192.0.2.7</Data> <Data Name="cs-method">GET</Data> <Data Name="cs-uri-stem">/a</Data> <Data Name="cs-uri-query">b=c&amp;lt;</Data> <Data Name="sc-status">404</Data> <Data Name="sc-bytes">512</Data> <Data Name="time-taken">49</Data> <Data Name="csUser-Agent">curl/8+(x)</Data> <Data Name="CustomFields" /> </EventData></Event>',
      { ...SEEN, query: 'b=c&lt;', durationMs: 49, userAgent: 'curl/8 (x)' },
    ],
  }

  for (const [name, [line, seen]] of Object.entries(lines)) {
    it(`is read as ${name}`, () => expect(read(line)).to.deep.include(seen))
  }

  it('is read as IIS and CloudFront write it, by what #Fields says, also when that changes', () => {
    const parse = anyFormat()
    const iis =
      '2026-03-07 10:05:03 10.0.0.1 GET /a b=c 443 - 192.0.2.7 curl/8+(x;+y) - 404 0 0 512 49'
    expect(parse(iis)).to.contain('#Fields')
    expect(parse('#Software: Microsoft Internet Information Services 10.0')).to.equal(undefined)
    parse(
      '#Fields: date time s-ip cs-method cs-uri-stem cs-uri-query s-port cs-username c-ip cs(User-Agent) cs(Referer) sc-status sc-substatus sc-win32-status sc-bytes time-taken',
    )
    expect(read(iis, parse)).to.deep.include({
      ...SEEN,
      userAgent: 'curl/8 (x; y)',
      durationMs: 49,
    })

    parse(
      '#Fields: date time x-edge-location sc-bytes c-ip cs-method cs(Host) cs-uri-stem sc-status cs(Referer) cs(User-Agent) cs-uri-query time-taken',
    )
    const values = ['2026-03-07', '10:05:03', 'FRA1', '512', '192.0.2.7', 'GET', 'd.example', '/a']
    const cloudFront = [...values, '404', '-', 'curl/8%20(x)%2520y', 'b=c', '0.049'].join('\t')
    const entry = read(cloudFront, parse)
    expect(entry).to.deep.include({ ...SEEN, userAgent: 'curl/8 (x) y' })
    expect(entry.durationMs).to.be.closeTo(49, 0.001)
  })

  it('is known whatever stands before it: lines of many formats may be mixed', () => {
    const parse = anyFormat()
    for (let round = 0; round < 3; round++) {
      for (const [line, seen] of Object.values(lines)) {
        expect(read(line, parse)).to.deep.include(seen)
      }
    }
  })

  it('of something else than a request is refused with a reason', () => {
    const reasons: Record<string, string> = {
      'www.example - - [07/Mar/2026:10:05:03 +0000] "GET / HTTP/1.1" 200 5': 'host names',
      '[Sat Mar 07 10:05:03.2 2026] [ssl:info] [pid 1] [client 192.0.2.7:1] AH02006: SSL handshake stopped':
        'error log without a request',
      '2026/03/07 10:05:03 [notice] 1#1: signal process started': 'error log without a request',
      '192.0.2.7:50033 [07/Mar/2026:02:43:10.123] in/1: SSL handshake failure':
        'a connection without a request',
      '2026-03-07 22:49:20.774649 [NOTICE] [1226033] [192.0.2.7:45164:HTTP2-41] [STDERR] Failed':
        'not a request in any known format',
      '{"level":"info","msg":"started"}': 'no request is known in this JSON',
      '{"level":': 'not valid JSON',
      '<Event><EventData></EventData></Event>': 'an event without a request',
    }
    for (const [line, reason] of Object.entries(reasons)) {
      expect(anyFormat()(line), line).to.contain(reason)
    }
  })

  it('is no HTTP when its version is none', () => {
    const versions = ['1.2', '2.1', '9', '1.1.1'].map((v) => CLF.replace('1.1"', `${v}"`))
    const read1 = versions.map((clf) => read(`192.0.2.7 - - ${clf}`))
    expect(read1.map(({ method }) => method)).to.deep.equal(['-', '-', '-', '-'])
    expect(read1[0]?.path).to.equal('GET /a?b=c HTTP/1.2')
    for (const good of ['0.9', '1.0', '2', '2.0', '3', '3.0']) {
      expect(read(`192.0.2.7 - - ${CLF.replace('1.1"', `${good}"`)}`).method).to.equal('GET')
    }
  })

  it('may have the statuses of nginx and of nobody', () => {
    const statuses = ['499', '408', '000', '-'].map((status) => CLF.replace('404', status))
    expect(statuses.map((clf) => read(`192.0.2.7 - - ${clf}`).status)).to.deep.equal([
      499,
      408,
      0,
      null,
    ])
  })
})

describe('the client of a line', () => {
  it('in a list is the right-most that is not a trusted proxy, never what stands left of one', () => {
    const line = `198.51.100.9, 192.0.2.7, 10.0.0.50 - - ${CLF}`
    expect(read(line).address).to.equal('10.0.0.50')
    expect(read(line, anyFormat(trust('10.0.0.50'))).address).to.equal('192.0.2.7')
    expect(read(line.replaceAll(', ', ','), anyFormat(trust('10.0.0.50'))).address).to.equal(
      '192.0.2.7',
    )
    expect(anyFormat()(`198.51.100.9, unknown - - ${CLF}`)).to.contain(
      'does not begin with an address',
    )
  })

  it('is read from the X-Forwarded-For beside it behind a trusted proxy only', () => {
    const line = `10.0.0.1 - - ${CLF} "198.51.100.9, 192.0.2.7"`
    expect(read(line).address).to.equal('10.0.0.1')
    expect(read(line, anyFormat(trust('10.0.0.1'))).address).to.equal('192.0.2.7')
    expect(read(`10.0.0.1 - - ${CLF} "-"`, anyFormat(trust('10.0.0.1'))).address).to.equal(
      '10.0.0.1',
    )
  })

  it('may have a port, brackets or a zone where servers write one, and not elsewhere', () => {
    const spellings = ['192.0.2.7:5123', '[2001:db8::7]:5123', '[2001:db8::7]', 'fe80::7%eth0']
    const parse = anyFormat()
    const inJson = (client: string) =>
      JSON.stringify({
        remote_addr: client,
        time: '2026-03-07T10:05:03Z',
        request: 'GET / HTTP/1.1',
        status: 200,
      })
    expect(spellings.map((text) => read(inJson(text)).address)).to.deep.equal([
      '192.0.2.7',
      '2001:db8::7',
      '2001:db8::7',
      'fe80::7',
    ])
    for (const text of spellings) {
      expect(parse(`${text} - - ${CLF}`)).to.include('does not begin with an address')
    }
  })

  it('is not the virtual host, which a client chooses', () => {
    const parse = anyFormat()
    expect(read(`203.0.113.66 192.0.2.7 - - ${CLF}`, parse).address).to.equal('192.0.2.7')
    read(`shop.example 192.0.2.7 - - ${CLF}`, parse)
    expect(read(`203.0.113.66 192.0.2.7 - - ${CLF}`, parse).address).to.equal('192.0.2.7')
    read(`192.0.2.7 shop.example - - ${CLF}`, parse)
    expect(read(`192.0.2.7 203.0.113.66 - - ${CLF}`, parse).address).to.equal('192.0.2.7')
  })

  it('cannot be forged by what a client sends', () => {
    const real = 'client: 192.0.2.7, server: _, request: "GET / HTTP/1.1"'
    const forged = 'client: 203.0.113.66, server: _, request: "GET /admin HTTP/1.1"'
    const nginx = `2026/03/07 10:05:03 [error] 1#1: *3 open() "/srv/x, ${forged}" failed, ${real}`
    expect(anyFormat()(nginx)).to.contain('two clients')

    const zoraxy =
      '[2026-03-07 10:05:03.4] [router:x] [origin:x] [client: 192.0.2.7] [useragent: x] [client: 203.0.113.66] [useragent: y] GET /admin 200'
    expect(read(`${zoraxy}] GET / 404`)).to.include({ address: '192.0.2.7', path: '/' })

    const agent = `x 203.0.113.66 - - [07/Mar/2026:10:05:03 +0000] \\"GET /admin HTTP/1.1\\" 200 5`
    expect(read(`192.0.2.7 - - ${CLF.replace('curl/8', agent)}`)).to.include({
      address: '192.0.2.7',
    })
    const named = `www.example - 203.0.113.66 - - ${CLF}`
    expect(anyFormat()(named)).to.contain('does not begin with an address')
  })
})
