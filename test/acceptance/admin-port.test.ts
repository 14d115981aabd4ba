import { expect } from 'chai'
import { startTestService, type TestService } from '../support/service'

describe('with a port of its own, the admin side', () => {
  let service: TestService
  let key: string

  before(async () => {
    service = await startTestService({ ADMIN_PORT: '0' })
    key = await service.key('admin', 'check')
  })
  after(() => service.stop())

  const ask = (url: string, path: string, method = 'GET') =>
    fetch(url + path, { method, headers: { authorization: `Bearer ${key}` } })

  it('is there, and nothing else', async () => {
    expect(service.adminUrl).to.not.equal(service.url)
    expect((await ask(service.adminUrl, '/admin/api/blocks')).status).to.equal(200)
    expect((await ask(service.adminUrl, '/session')).status).to.equal(401)
    expect((await ask(service.adminUrl, '/livez')).status).to.equal(200)
    expect((await ask(service.adminUrl, '/v1/check/192.0.2.1')).status).to.equal(404)
  })

  it('cannot be seen from the other', async () => {
    for (const [path, method] of [
      ['/admin/api/blocks', 'GET'],
      ['/admin/api/whoami', 'GET'],
      ['/admin', 'GET'],
      ['/login', 'POST'],
      ['/setup', 'POST'],
      ['/session', 'GET'],
    ] as const) {
      expect((await ask(service.url, path, method)).status, path).to.equal(404)
    }
    expect((await ask(service.url, '/v1/check/192.0.2.1')).status).to.equal(200)
    expect((await ask(service.url, '/livez')).status).to.equal(200)
  })
})
