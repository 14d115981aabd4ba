import { expect } from 'chai'
import { anyFormat } from '../../src/access-log/any-format'
import type { LogEntry } from '../../src/request-log/request-log'

const parse = anyFormat()
const TIME = '17/May/2015:10:05:03 +0000'

function entry(line: string): LogEntry {
  const parsed = parse(line)
  if (typeof parsed !== 'object') throw new Error(`refused: ${parsed}`)
  return parsed
}

/** A line whose request is `request`, and whose agent is `agent`. */
function line(request: string, agent = 'curl/8'): string {
  return `192.0.2.7 - - [${TIME}] "${request}" 200 512 "-" "${agent}"`
}

describe('a line of an access log', () => {
  it('is read in the combined format', () => {
    const text = `192.0.2.7 - anna [${TIME}] "GET /a/b?c=d HTTP/1.1" 404 512 "http://x/" "Mozilla/5.0 (X)"`

    expect(entry(text)).to.deep.equal({
      address: '192.0.2.7',
      timestamp: Date.UTC(2015, 4, 17, 10, 5, 3),
      method: 'GET',
      path: '/a/b',
      query: 'c=d',
      status: 404,
      durationMs: null,
      bytes: 512,
      userAgent: 'Mozilla/5.0 (X)',
      account: 'anna',
      source: 'ingest',
      hasReferer: true,
    })
  })

  it('tells whether there was a referer, if the format has one', () => {
    expect(entry(line('GET / HTTP/1.1')).hasReferer).to.equal(false)
    expect(entry(line('GET / HTTP/1.1').replace('"-"', '""')).hasReferer).to.equal(false)
    expect(entry(`192.0.2.7 - - [${TIME}] "GET / HTTP/1.0" 304 -`).hasReferer).to.equal(undefined)
  })

  it('is read in the common format', () => {
    const { status, bytes, userAgent } = entry(`192.0.2.7 - - [${TIME}] "HEAD / HTTP/1.0" 304 -`)

    expect({ status, bytes, userAgent }).to.deep.equal({ status: 304, bytes: null, userAgent: '' })
  })

  it('may have more fields', () => {
    expect(entry(`${line('GET / HTTP/2.0')} "198.51.100.1" 0.004 -`).userAgent).to.equal('curl/8')
  })

  it('may be cut off behind its size', () => {
    const whole = line('GET / HTTP/1.1', 'Mozilla/5.0')
    const sizeEnd = whole.indexOf('512') + 3
    for (let length = sizeEnd; length <= whole.length; length++) {
      expect(entry(whole.slice(0, length)).status).to.equal(200)
    }
    expect(entry(whole.slice(0, -3)).userAgent).to.equal('Mozilla/5')
  })

  it('honours its time zone', () => {
    const times = ['+0530', '-0800', '+0000'].map((zone) => {
      return entry(line('GET / HTTP/1.1').replace('+0000', zone)).timestamp
    })

    expect(times).to.deep.equal([
      Date.UTC(2015, 4, 17, 4, 35, 3),
      Date.UTC(2015, 4, 17, 18, 5, 3),
      Date.UTC(2015, 4, 17, 10, 5, 3),
    ])
  })

  it('has a canonical address', () => {
    const addresses = ['2001:DB8:0:0:0:0:0:1', '::ffff:192.0.2.1'].map((address) => {
      return entry(line('GET / HTTP/1.1').replace('192.0.2.7', address)).address
    })

    expect(addresses).to.deep.equal(['2001:db8::1', '192.0.2.1'])
  })

  it('is freed from the escapes of Apache and nginx', () => {
    const { path, userAgent } = entry(
      line('GET /a\\xe4\\xb8\\xad\\x22b HTTP/1.1', 'a \\"b\\" \\\\'),
    )

    expect(path).to.equal('/a中"b')
    expect(userAgent).to.equal('a "b" \\')
  })

  it('keeps bytes visible that are no text', () => {
    expect(entry(line('GET /\\xff\\xfe HTTP/1.1')).path).to.equal('/\\xff\\xfe')
  })

  it('keeps an unfinished escape as it is', () => {
    expect(entry(line('GET /\\x4 HTTP/1.1', '\\q\\xzz')).userAgent).to.equal('\\q\\xzz')
  })

  it('may hold a request that is not HTTP', () => {
    const requests = ['\\x16\\x03\\x01', '-', '', 'MGLNDD_192.0.2.1_80', 't3 12.1.2', 'GET']

    expect(requests.map((request) => entry(line(request)).method)).to.deep.equal(
      requests.map(() => '-'),
    )
    expect(entry(line('\\x16\\x03\\x01')).path).to.equal('\x16\x03\x01')
    expect(entry(line('t3 12.1.2')).path).to.equal('t3 12.1.2')
  })

  it('may hold a request of HTTP/0.9, or one with blanks in its path', () => {
    expect(entry(line('GET /old'))).to.include({ method: 'GET', path: '/old' })
    expect(entry(line('GET /a b c HTTP/1.1'))).to.include({ method: 'GET', path: '/a b c' })
  })

  it('cannot be forged by a user name', () => {
    const forged = `192.0.2.7 - x [01/Jan/2020:00:00:00 +0000] [${TIME}] "GET / HTTP/1.1" 401 0`

    expect(entry(forged).timestamp).to.equal(Date.UTC(2015, 4, 17, 10, 5, 3))
  })

  it('is refused with a reason', () => {
    const reasons = {
      nonsense: 'not a request in any known format',
      [line('GET / HTTP/1.1').replace('192.0.2.7', 'in24.example.com')]: 'host names',
      [line('GET / HTTP/1.1').replace('192.0.2.7', '010.0.0.1')]: 'does not begin with an address',
      [line('GET / HTTP/1.1').replace('May', 'Mai')]: 'the time cannot be read',
      [line('GET / HTTP/1.1').replace('10:05', '1x:05')]: 'the time cannot be read',
      [line('GET / HTTP/1.1').replace('2015', '1970')]: 'before 1990',
      [line('GET / HTTP/1.1').replace('2015', '2999')]: 'in the future',
      [line('GET / HTTP/1.1').replace('[', '')]: 'there is no [time]',
      [line('GET / HTTP/1.1').replace(' 200 ', ' 20 ')]: 'there is no status',
      [line('GET / HTTP/1.1').replace(' 200 ', ' 2000 ')]: 'there is no status',
      [line('GET / HTTP/1.1').replace(' 512 ', ' x ')]: 'there is no size',
      [`192.0.2.7 - - [${TIME}] "GET / HTTP/1.1 200 5`]: 'no closing quote',
    }

    for (const [text, reason] of Object.entries(reasons)) {
      expect(parse(text), text).to.include(reason)
    }
  })

  it('never throws, whatever it holds', () => {
    const whole = `${line('GET /\\x4\\" HTTP/1.1', '\\')}\\`
    for (let start = 0; start < whole.length; start++) {
      for (const text of [
        whole.slice(start),
        whole.slice(0, start),
        `${whole.slice(0, start)}"[] `,
      ]) {
        expect(() => parse(text)).not.to.throw()
      }
    }
  })
})
