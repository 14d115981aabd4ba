import { mkdtemp, rm } from 'node:fs/promises'
import os from 'node:os'
import path from 'node:path'
import { expect } from 'chai'
import { eventually } from '../support/eventually'
import { runScript } from '../support/script'
import { startTestService, type TestService } from '../support/service'

describe('blocking an address', () => {
  let service: TestService
  let settings: NodeJS.ProcessEnv

  before(async () => {
    service = await startTestService({ TRUSTED_PROXIES: '127.0.0.1' })
    await service.database.clean()
    settings = {
      DATABASE_URL: service.database.url,
      DATA_DIR: service.dataDir,
      TRUSTED_PROXIES: '127.0.0.1',
    }
  })
  after(async () => {
    await service?.database.clean()
    await service?.stop()
  })

  it('by script, refuses it in the running service within a second, until it is unblocked', async () => {
    expect((await visit('198.51.100.7')).status).to.equal(200)
    const blocked = await script('block-ip', '198.51.100.7', '--reason', 'scans', '--for', '24h')
    expect(blocked).to.include({ code: 0, stderr: '' })
    expect(blocked.stdout).to.match(/^Blocked 198\.51\.100\.7 until .*: scans\n$/)
    await answers(403, '198.51.100.7')
    expect((await visit('198.51.100.8')).status).to.equal(200)

    expect((await script('unblock-ip', '198.51.100.7')).code).to.equal(0)
    await answers(200, '198.51.100.7')
    expect((await script('unblock-ip', '198.51.100.7')).code).to.equal(1)
  })

  it('answers programs with a problem document that names an incident and no reason', async () => {
    await script('block-ip', '2001:db8:bad::/48', '--reason', 'secret')
    await answers(403, '2001:db8:bad::1')

    const response = await visit('2001:DB8:bad::1')
    const text = await response.text()
    expect(response.headers.get('content-type')).to.match(/^application\/problem\+json/)
    expect(response.headers.get('cache-control')).to.equal('no-store')
    expect(text).to.not.include('secret')
    expect(JSON.parse(text)).to.include({ status: 403, code: 'blocked' })
    expect(JSON.parse(text).incident).to.match(/^[\da-f]{16}$/)
  })

  it('answers browsers with a plain page that loads nothing', async () => {
    const accept = 'text/html,application/xhtml+xml,application/xml;q=0.9,*/*;q=0.8'
    const response = await visit('2001:db8:bad::1', { accept })
    const page = await response.text()

    expect(response.status).to.equal(403)
    expect(response.headers.get('content-type')).to.match(/^text\/html/)
    expect(response.headers.get('cache-control')).to.equal('no-store')
    expect(response.headers.get('content-security-policy')).to.include("default-src 'none'")
    expect(page)
      .to.include('2001:db8:bad::1')
      .and.to.match(/<code>[\da-f]{16}<\/code>/)
    expect(page).to.not.match(/src=|href=|<script/)
  })

  it('has no effect on networks that are allowed', async () => {
    await script('block-ip', '203.0.113.0/24')
    await answers(403, '203.0.113.1')
    const allowed = await script('allow-ip', '203.0.113.1', '--json')
    expect(JSON.parse(allowed.stdout)).to.include({ ipAddress: '203.0.113.1' })
    await answers(200, '203.0.113.1')
    expect((await visit('203.0.113.2')).status).to.equal(403)

    const again = await script('block-ip', '203.0.113.1')
    expect(again.stdout).to.include('no effect while 203.0.113.1 is allowed')
    expect((await script('allow-ip', '203.0.113.1', '--remove')).code).to.equal(0)
    await answers(403, '203.0.113.1')
  })

  it('takes whole lists from a file or standard input', async () => {
    const list = '# a list\n192.0.2.64/26 ; SBL1\nnonsense\n192.0.2.1-192.0.2.3\n'
    const args = ['-', '--source', 'test', '--json']
    const { code, stdout } = await runScript('import-blocklist', args, settings, list)

    expect(code).to.equal(0)
    expect(JSON.parse(stdout)).to.deep.include({ source: 'test', added: 3, removed: 0 })
    expect(JSON.parse(stdout).rejected).to.deep.include({ lines: 1 })
    await answers(403, '192.0.2.3')
    expect((await visit('192.0.2.100')).status).to.equal(403)
    expect((await visit('192.0.2.4')).status).to.equal(200)
  })

  it('is refused with exit code 2 and a sentence when the input is wrong', async () => {
    for (const input of ['1', '127.1', '010.0.0.1', '300.1.1.1', 'example.com', '']) {
      const { code, stdout, stderr } = await script('block-ip', input)
      expect({ code, stdout }, input).to.deep.equal({ code: 2, stdout: '' })
      expect(stderr).to.match(/^"[^\n]*\.\n$/)
    }
    for (const args of [[], ['192.0.2.1', '192.0.2.2'], ['192.0.2.1', '--bogus']]) {
      expect((await script('block-ip', ...args)).stderr).to.include('ts-node scripts/block-ip.ts')
    }
    expect((await script('block-ip', '192.0.2.9', '--for', 'soon')).code).to.equal(2)
    expect((await script('import-blocklist', '-')).code).to.equal(2)
    expect((await script('import-blocklist', '/nowhere', '--source', 'x')).code).to.equal(2)
    expect((await script('block-ip', '192.0.2.9', '--reason', ' ')).code).to.equal(2)
  })

  it('is refused when it would shut out too much, unless --force says so', async () => {
    for (const network of ['0.0.0.0/0', '::1', '127.0.0.1']) {
      const { code, stderr } = await script('block-ip', network)
      expect(code, network).to.equal(2)
      expect(stderr).to.include('--force')
    }
    expect((await script('block-ip', '64.0.0.0/7', '--force')).code).to.equal(0)
    await answers(403, '65.1.2.3')
  })

  it('works while no service runs', async () => {
    const dataDir = await mkdtemp(path.join(os.tmpdir(), 'portcullis-alone-'))
    const alone = { DATABASE_URL: '', DATA_DIR: dataDir }
    expect((await runScript('block-ip', ['192.0.2.1'], alone)).code).to.equal(0)
    expect((await runScript('unblock-ip', ['192.0.2.1'], alone)).code).to.equal(0)
    await rm(dataDir, { recursive: true, force: true })
  })

  function visit(address: string, headers: Record<string, string> = {}): Promise<Response> {
    return service.send('/livez', { headers: { 'x-forwarded-for': address, ...headers } })
  }

  function answers(status: number, address: string): Promise<void> {
    const answered = async () => (await visit(address)).status === status
    return eventually(`${status} for ${address}`, answered, 1_000)
  }

  function script(name: string, ...args: string[]) {
    return runScript(name, args, settings)
  }
})
