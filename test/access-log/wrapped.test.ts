import { expect } from 'chai'
import { anyFormat } from '../../src/access-log/any-format'
import type { LogEntry } from '../../src/request-log/entry'

const CLF = '192.0.2.7 - - [07/Mar/2026:10:05:03 +0000] "GET /a HTTP/1.1" 200 5 "-" "curl/8"'
const JSON_LINE =
  '{"ip":"192.0.2.7","timestamp":"2026-03-07T10:05:03Z","method":"GET","path":"/a","status":200}'

const PREFIXES = [
  'Mar  7 10:05:04 web-1 nginx[2869]: ',
  'Mar 17 10:05:04 web-1.internal nginx: ',
  'Mar 17 10:05:04 10.0.0.9 ',
  'Mar 17 10:05:04 nginx[1]: ',
  '<190>Mar  7 10:05:04 web-1 nginx: ',
  '<134>1 2026-03-07T10:05:04.123Z web-1 nginx 2869 - - ',
  '<134>1 2026-03-07T10:05:04.123Z web-1 nginx 2869 id [a@1 b="c"] ',
  '2026-03-07T10:05:04.613304+00:00 web-1 nginx[2869]: ',
  '2026-03-07T10:05:04.613304+00:00 10.0.0.9 ',
  '2026-03-07T10:05:04.613304+00:00 10.0.0.9  ',
  '2026-03-07T10:05:04.000000100+01:00 stdout F ',
  '2026-03-07T10:05:04.000000100Z ',
  'web-1  | ',
  'web.0 nginx: ',
  'nginx: ',
  '2026-03-07T10:05:04.000000100Z stdout F <190>Mar  7 10:05:04 web-1 nginx: ',
]

describe('a line that a collector has wrapped', () => {
  for (const prefix of PREFIXES) {
    it(`is read behind "${prefix}"`, () => {
      const parse = anyFormat()
      for (const line of [CLF, JSON_LINE, CLF, `shop.example ${CLF}`, CLF]) {
        const entry = parse(prefix + line) as LogEntry
        expect(entry, line).to.deep.include({ address: '192.0.2.7', path: '/a', status: 200 })
      }
    })
  }

  it('is known beside lines that are not', () => {
    const parse = anyFormat()
    for (const line of [CLF, PREFIXES[0] + CLF, JSON_LINE, PREFIXES[9] + JSON_LINE, CLF]) {
      expect(parse(line)).to.deep.include({ address: '192.0.2.7' })
    }
  })

  it('is refused when nothing stands behind the prefix', () => {
    for (const prefix of PREFIXES) {
      expect(anyFormat()(prefix), prefix).to.be.a('string')
      expect(anyFormat()(`${prefix}something else`), prefix).to.be.a('string')
    }
  })
})
