import { expect } from 'chai'
import { newIncident, timeOfIncident } from '../../src/http/incident'
import { runScript } from '../support/script'
import { startTestService, type TestService } from '../support/service'

describe('finding what is behind an incident number', () => {
  let service: TestService

  afterEach(async () => {
    await service?.database.clean()
    await service?.stop()
  })

  it('tells an admin the request and the block as it was then, and nobody else', async () => {
    const { key, incident } = await refused('full')
    const block = await service.send('/admin/api/blocks?ipAddress=203.0.113.0/24', {
      method: 'DELETE',
      key,
    })
    expect(block.status).to.equal(204)

    const response = await service.send(`/admin/api/incidents/${incident}`, { key })
    const found = (await response.json()) as Found
    expect(response.status).to.equal(200)
    expect(found).to.deep.include({
      incident,
      ipAddress: '203.0.113.7',
      method: 'GET',
      path: '/wp-login.php',
      block: {
        ipAddress: '203.0.113.0/24',
        prefix: 24,
        reason: 'scans',
        source: 'person',
        sourceName: null,
        expiresAt: found.block.expiresAt,
      },
    })
    expect(Date.parse(found.block.expiresAt)).to.be.greaterThan(Date.now())
    expect(found.request).to.include({ status: 403, userAgent: 'scanner/1', query: 'a=1' })

    const stranger = await service.send(`/admin/api/incidents/${incident}`)
    expect(stranger.status).to.equal(401)
    const checker = await service.key('check')
    const application = await service.send(`/admin/api/incidents/${incident}`, { key: checker })
    expect(application.status).to.equal(403)
    for (const other of [newIncident(), 'nonsense', incident.slice(1)]) {
      expect((await service.send(`/admin/api/incidents/${other}`, { key })).status).to.equal(404)
    }
  })

  it('works by script', async () => {
    const { incident } = await refused('full')
    const settings = { DATABASE_URL: service.database.url, DATA_DIR: service.dataDir }
    await service.send(`/admin/api/incidents/${incident}`, { key: await service.key('admin') })

    const { code, stdout } = await runScript('find-incident', [incident], settings)
    expect(code).to.equal(0)
    expect(stdout).to.match(
      /203\.0\.113\.7 {2}GET \/wp-login\.php\n.* 203\.0\.113\.0\/24 \(person\)/,
    )
    expect((await runScript('find-incident', [newIncident()], settings)).code).to.equal(1)
    expect((await runScript('find-incident', ['x'], settings)).code).to.equal(2)
  })

  for (const [storage, stored, told] of [
    ['truncated', /^203\.0\.113\.0\/24$/, '203.0.113.0/24'],
    ['hashed', /^100:/, null],
  ] as const) {
    it(`tells no more of the address than IP_STORAGE=${storage} does`, async () => {
      const { key, incident } = await refused(storage)
      const response = await service.send(`/admin/api/incidents/${incident}`, { key })
      const text = await response.text()
      expect(JSON.parse(text).ipAddress).to.match(stored)
      expect(JSON.parse(text).block).to.include({ ipAddress: told, reason: 'scans' })
      expect(text).to.not.include('203.0.113.7')
    })
  }

  it('is possible for what a proxy asked about', async () => {
    service = await startTestService()
    const key = await service.key('admin', 'check')
    await block(key, '203.0.113.7')
    const headers = { 'x-forwarded-for': '203.0.113.7', 'x-original-uri': '/shop?a=1' }
    const answer = await service.send('/v1/forward-auth/nginx', { key, headers })
    const { incident } = (await answer.json()) as Problem

    const response = await service.send(`/admin/api/incidents/${incident}`, { key })
    expect(await response.json()).to.include({ ipAddress: '203.0.113.7', path: '/shop' })
  })

  it('begins with a time that is read again', () => {
    const now = 1_795_000_000_123
    expect(timeOfIncident(newIncident(now))).to.deep.equal(new Date(now))
  })

  interface Problem {
    incident: string
  }

  interface Found {
    block: { expiresAt: string }
    request: object
  }

  async function refused(storage: string): Promise<{ key: string; incident: string }> {
    service = await startTestService({ TRUSTED_PROXIES: '127.0.0.1', IP_STORAGE: storage })
    const key = await service.key('admin')
    await block(key, '203.0.113.0/24')
    const headers = { 'x-forwarded-for': '203.0.113.7', 'user-agent': 'scanner/1' }
    const answer = await service.send('/wp-login.php?a=1', { headers })
    expect(answer.status).to.equal(403)
    return { key, incident: ((await answer.json()) as Problem).incident }
  }

  async function block(key: string, ipAddress: string): Promise<void> {
    const json = { ipAddress, reason: 'scans', for: '24h' }
    await service.send('/admin/api/blocks', { method: 'POST', key, json })
  }
})
