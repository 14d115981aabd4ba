import { mkdtemp, rm } from 'node:fs/promises'
import os from 'node:os'
import path from 'node:path'
import { gzipSync } from 'node:zlib'
import { expect } from 'chai'
import { type TestDatabase, testDatabase } from '../support/database'
import { runScript } from '../support/script'

describe('the scripts of the blocklist', () => {
  let database: TestDatabase
  let dataDir: string

  before(async () => {
    database = await testDatabase()
    dataDir = await mkdtemp(path.join(os.tmpdir(), 'portcullis-scripts-'))
  })
  beforeEach(() => database.clean())
  after(async () => {
    await database?.clean()
    await rm(dataDir, { recursive: true, force: true })
  })

  it('do not block where the person at the terminal has logged in from, unless forced', async () => {
    const ssh = { SSH_CONNECTION: '192.0.2.50 53311 192.0.2.2 22' }
    const refused = await script('block-ip', ['192.0.2.0/24'], ssh)
    expect(refused.code).to.equal(2)
    expect(refused.stderr).to.include('192.0.2.50, the address you are coming from')
    const client = { SSH_CLIENT: '2001:db8::5%eth0 53311 22' }
    expect((await script('block-ip', ['2001:db8::/32'], client)).code).to.equal(2)

    const forced = await script('block-ip', ['192.0.2.0/24', '--force', '--json'], ssh)
    expect(forced.code).to.equal(0)
    expect(forced.stderr).to.match(/^Forced, although 192\.0\.2\.0\/24 holds 192\.0\.2\.50/)
    expect(JSON.parse(forced.stdout).warning).to.include('192.0.2.50')
  })

  it('block for longer each time', async () => {
    const { code, stdout } = await script(
      'block-ip',
      ['192.0.2.7', '--for', 'escalate', '--json'],
      {
        BLOCK_ESCALATION: '2h,3d',
      },
    )
    expect(code).to.equal(0)
    const hours = (Date.parse(JSON.parse(stdout).expiresAt) - Date.now()) / 3_600_000
    expect(hours).to.be.closeTo(2, 0.1)
    const wrong = await script('block-ip', ['192.0.2.7'], { BLOCK_ESCALATION: 'often' })
    expect(wrong.code).to.equal(2)
    expect(wrong.stderr).to.include('BLOCK_ESCALATION')
  })

  it('show what is allowed', async () => {
    expect((await script('allow-ip', ['--list'])).stdout).to.equal('No network is allowed.\n')
    await script('allow-ip', ['192.0.2.0/28', '--reason', 'office'])
    expect((await script('allow-ip', ['--list'])).stdout).to.equal('192.0.2.0/28  office\n')
    expect((await script('allow-ip', [])).code).to.equal(2)
    expect((await script('allow-ip', ['192.0.2.1', '--list'])).code).to.equal(2)
  })

  it('import a list as often as it is published, and say what changed', async () => {
    const first = await importList(gzipSync('192.0.2.0/24\n198.51.100.7\nnonsense\n'))
    expect(first).to.include({ code: 0, stderr: '' })
    expect(first.stdout).to.match(
      /^2 added, 0 removed, 0 kept\.\n1 entry rejected:\n {2}line 3: "nonsense"/,
    )

    const dry = await importList('192.0.2.0/24\n203.0.113.0/24\n', '--dry-run')
    expect(dry.code).to.equal(0)
    expect(dry.stdout).to.equal(
      [
        'Nothing has been changed; this is what would be:',
        '1 added, 1 removed, 1 kept.',
        '+ 203.0.113.0/24',
        '- 198.51.100.7',
        '',
      ].join('\n'),
    )
    const again = await importList('192.0.2.0/24\n203.0.113.0/24\n', '--json')
    expect(JSON.parse(again.stdout)).to.deep.include({
      source: 'test',
      added: 1,
      removed: 1,
      kept: 1,
    })
  })

  it('fail, and change nothing, when a download went wrong', async () => {
    await importList('192.0.2.0/24\n')
    for (const list of ['', '<html>\nPlease wait\n', '[{"value":"192.0.2.1"},']) {
      const { code, stdout, stderr } = await importList(list)
      expect({ code, stdout }, list).to.deep.equal({ code: 1, stdout: '' })
      expect(stderr).to.include('Nothing was changed.').and.to.include('--force')
    }
    const broken = await importList(gzipSync('192.0.2.1\n'.repeat(1_000)).subarray(0, 25))
    expect(broken.code).to.equal(1)
    expect(await database.knex('blocked_ips')).to.have.length(1)
  })

  it('tell who else holds a network that is unblocked', async () => {
    await importList('192.0.2.7\n')
    await script('block-ip', ['192.0.2.7'])
    const { stdout } = await script('unblock-ip', ['192.0.2.7'])
    expect(stdout).to.include('It is listed by test: the next import blocks it again')
  })

  function importList(list: string | Uint8Array, ...flags: string[]) {
    return script('import-blocklist', ['-', '--source', 'test', ...flags], {}, list)
  }

  function script(name: string, args: string[], env = {}, input: string | Uint8Array = '') {
    const none = { SSH_CONNECTION: '', SSH_CLIENT: '' }
    const settings = { DATABASE_URL: database.url, DATA_DIR: dataDir }
    return runScript(name, args, { ...none, ...settings, ...env }, input)
  }
})
