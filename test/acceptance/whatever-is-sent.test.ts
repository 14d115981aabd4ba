import { expect } from 'chai'
import { eventually } from '../support/eventually'
import { startTestService, type TestService } from '../support/service'

/** What somebody sends who looks for a hole, in place of any text. */
const HOSTILE = [
  "' or '1'='1",
  "'; drop table request_logs; --",
  '\\',
  '%',
  '%00',
  '{"$gt":""}',
  '__proto__',
  '../../etc/passwd',
  '<script>alert(1)</script>',
  '\0',
  'a\0b',
  '\x01\x02\x1b[2J',
  '\x7f\x85\x9b31m',
  'a\r\nX-Injected: 1',
  '\u2028\u2029',
  '\u202eabc\u2066',
  '\u200b\ufeff\u00ad',
  '\u{e0041}',
  '😀'.repeat(300),
  '0',
  '-1',
  '1.5',
  '1e300',
  'NaN',
  'Infinity',
  '9'.repeat(30),
  '-100000-01-01T00:00:00Z',
  '+275760-09-13T00:00:00Z',
  '2026-13-45',
]

/** Of these, what may be taken for a moment by somebody. */
const MOMENTS = HOSTILE.filter((text) => text === '\0' || /^[-+\d]|^[1IN]\w*$/.test(text))

/** Sort keys that no list gives out, as cursors. */
const CURSORS = [[1e300], [1.5], [-1], ['\0'], [1e300, 1e300], [1, 1.5], [1, '\0'], [-1e18, 1], {}]

const QUESTIONS = [
  'requests?ip=',
  'requests?path=',
  'requests?status=',
  'requests?country=',
  'requests?asn=',
  'requests?agent=',
  'requests?limit=',
  'suspicious?severity=',
  'suspicious?incident=',
  'suspicious?ip=',
  'audit?actor=',
  'audit?subject=',
  'audit?action=',
  'campaigns?kind=',
  'blocks?ip=',
  'top/',
  'networks?network=',
  'activity?findings=',
  'traffic?path=',
  'fairness?by=',
]
const LISTS = ['requests', 'suspicious', 'blocks', 'allowed', 'audit', 'campaigns', 'exceptions']
const DATED = ['requests', 'suspicious', 'audit', 'campaigns', 'overview', 'traffic', 'top/path']
const NAMED = ['suspicious', 'campaigns', 'blocks', 'allowed', 'keys', 'accounts', 'incidents']

/** What must not be in an answer: see `visible`. */
const UNSAFE = /(?![\r\n])[\p{Cc}\p{Cf}\p{Zl}\p{Zp}\p{Cs}]/u

describe('whatever is sent', () => {
  let service: TestService
  let key: string

  before(async () => {
    service = await startTestService()
    key = await service.key('admin', 'check')
  })
  after(() => service.stop())

  async function expectAnAnswer(path: string, options: { method?: string; json?: unknown } = {}) {
    let answer = await service.send(path, { key, ...options })
    await eventually('the database answers, however busy', async () => {
      if (answer.status === 503) answer = await service.send(path, { key, ...options })
      return answer.status !== 503
    })
    const text = await answer.text()
    expect(answer.status, `${path}: ${text}`).to.be.below(500)
    expect(text, path).to.not.match(UNSAFE)
    if (text)
      JSON.parse(text, (_name, value) => void expect(value ?? '', path).to.not.match(UNSAFE))
  }

  /** A few at a time: the embedded database has one session. */
  async function expectAnswers(paths: string[], method = 'GET') {
    for (let start = 0; start < paths.length; start += 4) {
      await Promise.all(
        paths
          .slice(start, start + 4)
          .map((path) => expectAnAnswer(`/admin/api/${path}`, { method })),
      )
    }
  }

  it('in a question, is answered or refused, in texts that are safe to show', async () => {
    for (const question of QUESTIONS) {
      await expectAnswers(HOSTILE.map((text) => question + encodeURIComponent(text)))
    }
  }).timeout(90_000)

  it('as a moment, a cursor or a name, is no reason to fail', async () => {
    for (const list of DATED) {
      for (const end of ['from', 'to']) {
        await expectAnswers(MOMENTS.map((text) => `${list}?${end}=${encodeURIComponent(text)}`))
      }
    }
    for (const list of LISTS) {
      const cursors = CURSORS.map((key) => Buffer.from(JSON.stringify(key)).toString('base64url'))
      await expectAnswers(cursors.map((cursor) => `${list}?cursor=${cursor}`))
    }
    for (const list of NAMED) {
      const paths = HOSTILE.map((text) => `${list}/${encodeURIComponent(text)}`)
      for (const method of ['GET', 'DELETE']) await expectAnswers(paths, method)
    }
  }).timeout(90_000)

  it('in an order, is kept or refused, in texts that are safe to show', async () => {
    for (const text of HOSTILE) {
      const orders: [path: string, json: object][] = [
        ['/admin/api/blocks', { ipAddress: text }],
        ['/admin/api/blocks', { ipAddress: '192.0.2.77', [text]: 1 }],
        ['/admin/api/blocks', { ipAddress: '192.0.2.77', for: text }],
        ['/admin/api/blocks', { ipAddress: '192.0.2.77', reason: text }],
        ['/admin/api/keys', { name: 'x', scopes: [text] }],
        ['/admin/api/detection/run', { hour: text }],
        ['/v1/check', { ip: text, method: text, path: text }],
        ['/v1/check', { ip: '192.0.2.1', method: 'GET', path: text, account: text, tier: text }],
      ]
      for (const [path, json] of orders) await expectAnAnswer(path, { method: 'POST', json })
    }
    await expectAnAnswer('/admin/api/blocks')
  }).timeout(90_000)
})
