import { expect } from 'chai'
import { startTestService, type TestService } from '../support/service'

describe('problem documents', () => {
  let service: TestService
  let admin: string

  before(async () => {
    service = await startTestService()
    admin = await service.key('admin', 'check', 'ingest', 'bouncer')
  })
  after(() => service.stop())

  const json = { 'content-type': 'application/json' }
  const problems: [
    method: string,
    path: string,
    init: RequestInit,
    status: number,
    code: string,
  ][] = [
    ['GET', '/nothing', {}, 404, 'not_found'],
    ['GET', '/nothing/%1b[31m%c2%9b%ff', {}, 404, 'not_found'],
    ['DELETE', '/livez', {}, 405, 'method_not_allowed'],
    ['GET', '/v1/check', {}, 405, 'method_not_allowed'],
    ['PUT', '/v1/check/192.0.2.1', {}, 405, 'method_not_allowed'],
    ['PROPFIND', '/livez', {}, 501, 'not_implemented'],
    ['GET', '/v1/check/127.1', {}, 400, 'invalid_address'],
    ['GET', '/v1/decisions?ip=127.1', {}, 400, 'invalid_address'],
    [
      'POST',
      '/v1/check',
      { headers: json, body: '{"ip":"127.1","method":"GET","path":"/"}' },
      400,
      'invalid_address',
    ],
    ['POST', '/v1/check', { headers: json, body: '{"ip":"127.1"}' }, 400, 'invalid'],
    ['POST', '/v1/check', { headers: json, body: '{' }, 400, 'not_json'],
    ['POST', '/v1/check', { headers: json, body: '"\ud800' }, 400, 'not_json'],
    [
      'POST',
      '/v1/check',
      { body: 'x', headers: { 'content-type': 'text/plain' } },
      415,
      'not_json',
    ],
    [
      'POST',
      '/v1/check',
      { body: '{}', headers: { ...json, 'content-encoding': 'compress' } },
      415,
      'not_json',
    ],
    ['POST', '/v1/check', { headers: json, body: `"${'x'.repeat(70_000)}"` }, 413, 'too_large'],
    [
      'POST',
      '/v1/ingest',
      { headers: { 'content-type': 'text/csv' }, body: 'x' },
      415,
      'unknown_format',
    ],
    ['GET', '/admin/api/requests?limit=0', {}, 400, 'invalid'],
    ['GET', '/admin/api/requests?ip=127.1', {}, 400, 'invalid_address'],
    ['GET', '/admin/api/requests?cursor=%00', {}, 400, 'invalid'],
    ['GET', '/admin/api/suspicious/0', {}, 404, 'unknown_finding'],
    ['DELETE', '/admin/api/blocks/0', {}, 404, 'unknown_entry'],
  ]
  for (const [method, path, init, status, code] of problems) {
    it(`answer ${method} ${path} with ${status} ${code}`, async () => {
      const answer = await service.send(path, { method, ...init, key: admin })
      const problem = (await answer.json()) as Record<string, unknown>

      expect(answer.headers.get('content-type')).to.match(/^application\/problem\+json\b/)
      expect(answer.status).to.equal(status)
      expect(problem).to.include({ type: 'about:blank', status, code })
      expect(problem.title).to.be.a('string').and.not.equal('')
      expect(problem.detail)
        .to.be.a('string')
        .and.match(/^[ -~…]+$/)
      if (status === 405) expect(answer.headers.get('allow')).to.match(/^[A-Z, ]+$/)
    })
  }

  it('tell who is not signed in, and who may not', async () => {
    const nobody = await service.send('/admin/api/blocks')
    expect(await nobody.json()).to.include({ status: 401, code: 'unauthenticated' })
    const other = await service.send('/admin/api/blocks', { key: await service.key('check') })
    expect(await other.json()).to.include({ status: 403, code: 'forbidden' })
  })
})
