import { expect } from 'chai'
import { bindModels } from '../../models'
import { ordinaryVisitors, store, visit, visits } from '../detection/visits'
import { startTestService, type TestService } from '../support/service'

const HOUR = '2026-03-01T10:00:00.000Z'
const NEXT = '2026-03-01T11:00:00.000Z'
const MONITOR = '203.0.113.5'
const NEIGHBOUR = '203.0.113.6'
const AGENT = 'UptimeProbe/2.1'

interface Item {
  id: number
  ipAddress: string
  status: string
  reasons: { text: string }[]
  reviewedBy: string | null
}

describe('teaching the detection', () => {
  let service: TestService
  let key: string

  before(async () => {
    service = await startTestService({ TRUSTED_PROXIES: '127.0.0.1' })
  })
  after(async () => {
    await service.database.clean()
    await service.stop()
  })

  beforeEach(async () => {
    await service.database.clean()
    key = await service.key('admin')
    for (const hour of [HOUR, NEXT]) {
      const timestamp = Date.parse(hour)
      const probe = { timestamp, path: '/admin/health', userAgent: AGENT }
      await store(service.database.knex, [
        ...ordinaryVisitors(40, new Date(hour)),
        ...visits(120, 1_000, { address: MONITOR, ...probe }),
        ...visits(3, 1_000, { address: NEIGHBOUR, ...probe }),
      ])
    }
    await detect(HOUR)
  })

  const send = async (method: string, path: string, json?: object) => {
    const answer = await service.send(path, { method, key, ...(json && { json }) })
    const text = await answer.text()
    return { status: answer.status, body: text === '' ? undefined : JSON.parse(text) }
  }
  const detect = (hour: string) => send('POST', '/admin/api/detection/run', { hour })
  const list = async (query = '') => {
    return (await send('GET', `/admin/api/suspicious${query}`)).body.items as Item[]
  }
  const find = async (address: string, hour = HOUR) =>
    (await list(`?ip=${address}&from=${hour}`)).at(-1)!
  const review = (id: number, json: object) =>
    send('POST', `/admin/api/suspicious/${id}/review`, json)
  const exceptions = async () => (await send('GET', '/admin/api/exceptions')).body.items
  const flagged = async (hour: string) => {
    await detect(hour)
    return (await list(`?from=${hour}`)).map(({ ipAddress }) => ipAddress).sort()
  }

  describe('what is normal', () => {
    it('is left out from then on: this path, by this agent, from this address', async () => {
      const normal = { path: '/admin/health', agent: 'uptimeprobe', for: '7d' }
      const { id } = await find(MONITOR)
      const reviewed = await review(id, { decision: 'dismiss', note: 'ours', normal })
      expect(reviewed.body).to.include({ status: 'dismissed' })

      const [exception, ...others] = await exceptions()
      expect(others).to.deep.equal([])
      expect(exception).to.deep.include({ network: MONITOR, path: '/admin/health', finding: id })
      expect(exception).to.include({ agent: 'uptimeprobe', reason: 'ours', madeBy: 'test' })
      const days = (Date.parse(exception.expiresAt) - Date.now()) / 86_400_000
      expect(days).to.be.closeTo(7, 0.01)

      expect(await flagged(NEXT)).to.deep.equal([NEIGHBOUR])
      const { items } = (await send('GET', '/admin/api/detection/runs')).body
      expect(items[0]).to.deep.include({ hour: NEXT, state: 'done', flagged: 1 })
      expect(items[0].facts.excused).to.equal(120)
    })

    it('may hold for the network around the address', async () => {
      const normal = { path: '/admin/**', network: '203.0.113.0/28' }
      await review((await find(MONITOR)).id, { decision: 'dismiss', normal })
      expect(await flagged(NEXT)).to.deep.equal([])
    })

    it('hides nothing else that the address does', async () => {
      const normal = { path: '/admin/health', agent: AGENT }
      await review((await find(MONITOR)).id, { decision: 'dismiss', normal })
      const timestamp = Date.parse(NEXT) + 1_000
      await store(service.database.knex, [
        visit({ address: MONITOR, timestamp, path: '/admin/users', userAgent: AGENT }),
        visit({ address: MONITOR, timestamp, path: '/login', userAgent: 'other' }),
        ...visits(400, 500, { address: MONITOR, timestamp, path: '/articles/1' }),
      ])
      expect(await flagged(NEXT)).to.deep.equal([MONITOR, NEIGHBOUR])
      const texts = (await find(MONITOR, NEXT)).reasons.map(({ text }) => text).join('\n')
      expect(texts).to.match(/40[0-9] requests in this hour/)
      expect(texts).not.to.include('health')
      expect(texts).not.to.match(/\/admin 12\d times/)
    })

    it('is refused when it would hide too much', async () => {
      const { id } = await find(MONITOR)
      const tries: [object, string][] = [
        [{}, 'too_broad'],
        [{ network: '203.0.113.0/24' }, 'too_broad'],
        [{ path: '/admin/health', network: '203.0.0.0/15' }, 'too_broad'],
        [{ path: '/admin/health', network: '203.0.113.5/24' }, 'invalid_address'],
        [{ path: '/admin/health', network: '198.51.100.0/24' }, 'too_broad'],
        [{ agent: AGENT, network: '203.0.0.0/16' }, 'too_broad'],
        [{ agent: 'ab' }, 'too_broad'],
        [{ path: '/health', for: '400d' }, 'too_broad'],
        [{ path: '/**' }, 'invalid'],
        [{ path: '/a', for: 'ever' }, 'invalid'],
        [{ regex: '.*' }, 'invalid'],
      ]
      for (const [normal, code] of tries) {
        const { status, body } = await review(id, { decision: 'dismiss', normal })
        expect([status, body.code], JSON.stringify(normal)).to.deep.equal([400, code])
      }
      const wrong = await review(id, { decision: 'block', normal: { path: '/a' } })
      expect(wrong.status).to.equal(400)
      expect(await find(MONITOR)).to.include({ status: 'open' })
      expect(await exceptions()).to.deep.equal([])
    })

    it('ends when somebody removes it, or at its end', async () => {
      const dismissal = { decision: 'dismiss', normal: { path: '/admin/health' } }
      const { id } = await find(MONITOR)
      await review(id, dismissal)
      const [{ id: exception }] = await exceptions()
      expect((await send('DELETE', `/admin/api/exceptions/${exception}`)).status).to.equal(204)
      expect((await send('DELETE', `/admin/api/exceptions/${exception}`)).status).to.equal(404)
      expect((await send('DELETE', '/admin/api/exceptions/x')).status).to.equal(404)
      expect(await exceptions()).to.deep.equal([])

      await review(id, dismissal)
      expect(await exceptions()).to.have.length(1)
      await service.database.knex('exceptions').update({ expires_at: new Date() })
      expect(await exceptions()).to.deep.equal([])
      const actions = await service.database.knex('audit_log').orderBy('id').pluck('action')
      expect(actions).to.include.members(['exception.create', 'exception.delete'])
    })

    it('hides no flood: who was sampled is judged for everything', async () => {
      await review((await find(MONITOR)).id, {
        decision: 'dismiss',
        normal: { path: '/admin/health' },
      })
      await service.database.knex('suspicious_ips').update({ status: 'open' })
      // As in a flood, a row is missing.
      await service.database.knex.raw(
        `delete from request_logs where id = (select max(id) from request_logs where ip_address = ?)`,
        [MONITOR],
      )
      expect(await flagged(NEXT)).to.include(MONITOR)
    })
  })

  it('a dismissed address returns only with more than was dismissed', async () => {
    await review((await find(NEIGHBOUR)).id, { decision: 'dismiss' })
    expect(await flagged(NEXT)).to.deep.equal([MONITOR])
  })

  describe('taking a review back', () => {
    it('takes its exception along', async () => {
      const { id } = await find(MONITOR)
      await review(id, { decision: 'dismiss', normal: { path: '/admin/health' } })
      const reopened = await review(id, { decision: 'reopen' })
      expect(reopened.body).to.include({ status: 'open', reviewedBy: null, reviewedAt: null })
      expect(await exceptions()).to.deep.equal([])
      expect(await flagged(NEXT)).to.deep.equal([MONITOR, NEIGHBOUR])
    })

    it('ends its block at once, and leaves the blocks of others', async () => {
      const seen = (address: string) =>
        service.send('/livez', { headers: { 'x-forwarded-for': address } })
      const { id } = await find(MONITOR)
      await review(id, { decision: 'block' })
      expect((await seen(MONITOR)).status).to.equal(403)
      expect((await review(id, { decision: 'reopen' })).body).to.include({ status: 'open' })
      expect((await seen(MONITOR)).status).to.equal(200)

      await send('POST', '/admin/api/blocks', { ipAddress: MONITOR, reason: 'by hand' })
      await review(id, { decision: 'block' })
      await review(id, { decision: 'reopen' })
      expect((await seen(MONITOR)).status).to.equal(403)
    })

    it('ends its allowance, and leaves what was allowed before', async () => {
      const allowed = async () => (await send('GET', '/admin/api/allowed')).body.items.length
      const { id } = await find(MONITOR)
      await review(id, { decision: 'allow' })
      expect(await allowed()).to.equal(1)
      await review(id, { decision: 'reopen' })
      expect(await allowed()).to.equal(0)

      await send('POST', '/admin/api/allowed', { ipAddress: MONITOR })
      await review(id, { decision: 'allow' })
      await review(id, { decision: 'reopen' })
      expect(await allowed()).to.equal(1)
    })

    it('happens when another decision replaces it', async () => {
      const { id } = await find(MONITOR)
      await review(id, { decision: 'block' })
      await review(id, { decision: 'dismiss' })
      expect((await send('GET', '/admin/api/blocks')).body.items).to.deep.equal([])
    })
  })

  describe('two reviewers', () => {
    it('at the same moment: one decides, the other is told, and nothing is left over', async () => {
      const { id } = await find(MONITOR)
      const answers = await Promise.all([
        review(id, { decision: 'block' }),
        review(id, { decision: 'dismiss', normal: { path: '/admin/health' } }),
        review(id, { decision: 'allow' }),
      ])
      const { knex } = service.database
      const [finding] = await knex('suspicious_ips').where({ id })
      const made = {
        blocked: await knex('blocked_ips').pluck('id'),
        allowed: await knex('allowed_networks').pluck('id'),
        dismissed: await knex('exceptions').pluck('id'),
      }
      // They may have come one after the other: the last one holds, and what others made is gone.
      expect(answers.map(({ status }) => status)).to.include(200)
      for (const [status, ids] of Object.entries(made)) {
        expect(ids, status).to.have.length(status === finding.status ? 1 : 0)
      }
      for (const { status, body } of answers) {
        if (status === 200) continue
        expect(status).to.equal(409)
        expect(body.code).to.be.oneOf(['reviewed_meanwhile', 'refused'])
      }
    })

    it('one after the other: who says what they saw is told that it has changed', async () => {
      const { id } = await find(MONITOR)
      await review(id, { decision: 'block', was: 'open' })
      const late = await review(id, { decision: 'dismiss', was: 'open' })
      expect(late.status).to.equal(409)
      expect(late.body).to.deep.include({ code: 'reviewed_meanwhile' })
      expect(late.body.finding).to.include({ status: 'blocked', reviewedBy: 'test' })
    })
  })

  it('a review while the hour is judged again is kept', async () => {
    const items = await list()
    const [answers] = await Promise.all([
      Promise.all(items.map(({ id }) => review(id, { decision: 'dismiss' }))),
      detect(HOUR),
    ])
    expect(answers.map(({ status }) => status)).to.deep.equal(items.map(() => 200))
    await detect(HOUR)
    const { SuspiciousIP } = bindModels(service.database.knex)
    const kept = await SuspiciousIP.query().whereIn(
      'id',
      items.map(({ id }) => id),
    )
    expect(kept.map(({ status }) => status)).to.deep.equal(items.map(() => 'dismissed'))
  })

  it('is for admins', async () => {
    const checker = await service.key('check')
    for (const path of ['/admin/api/exceptions', '/admin/api/detection/runs']) {
      expect((await service.send(path)).status).to.equal(401)
      expect((await service.send(path, { key: checker })).status).to.equal(403)
    }
  })
})
